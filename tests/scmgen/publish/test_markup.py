"""Markup: what is not its own is escaped."""

from __future__ import annotations

from scmgen.publish.markup import Safe, choice, element, void


def test_markup_escapes_what_is_not_its_own() -> None:
    assert element("p", "<b>", Safe("<i></i>"), title='"<') == '<p title="&quot;&lt;">&lt;b&gt;<i></i></p>'
    assert void("path", d="M0 0", stroke_width=2, hidden=None, open=True) == '<path d="M0 0" stroke-width="2" open/>'
    assert choice("a", "b", [("<", "<u>")]).count("&lt;") == 2
