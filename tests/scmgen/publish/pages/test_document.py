"""The frame of every page: it holds what it shows, escapes, and runs no script but its own."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from scmgen.publish.markup import Safe, element
from scmgen.publish.pages.document import document, resource


def sum_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_a_page_allows_its_own_script_and_style_and_nothing_else() -> None:
    page = document("a <b>", element("p", "1 < 2"), ".own{}", ["one();", "two();"])
    (style,) = re.findall("<style>(.*?)</style>", page.text, re.DOTALL)
    assert page.policy == (
        f"default-src 'none'; img-src data:; style-src {sum_of(style)}; script-src {sum_of('one();two();')}; "
        "base-uri 'none'; form-action 'none'"
    )
    assert "<title>a &lt;b&gt;</title>" in page.text and "<p>1 &lt; 2</p>" in page.text
    assert style == resource("scmgen.publish.pages", "base.css") + ".own{}"


def test_a_page_without_script_runs_none_and_one_that_asks_reaches_its_server_alone() -> None:
    assert "script" not in document("a", Safe("")).policy
    assert "connect-src 'self'" in document("a", Safe(""), scripts=["x"], asks=True).policy
    assert "style-src 'unsafe-inline'" in document("a", element("p", "", style="--x:1")).policy


def test_no_rule_of_the_base_stands_again_in_a_page_of_its_own() -> None:
    rooms = Path(document.__code__.co_filename).parents[2]
    base = set(re.findall(r"^(\S[^{@]*\{[^}]+\})", (rooms / "publish/pages/base.css").read_text("utf-8"), re.MULTILINE))
    assert len(base) > 20
    for own in ("publish/report/report.css", "cli/explorer/explore.css"):
        rules = set(re.findall(r"^(\S[^{@]*\{[^}]+\})", (rooms / own).read_text("utf-8"), re.MULTILINE))
        assert rules.isdisjoint(base), own
