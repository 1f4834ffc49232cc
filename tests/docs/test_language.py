"""The page of the equation language has a row for each word that comes with scmgen, made of what it says of itself."""

from __future__ import annotations

from checkout import ROOT, script

from scmgen.scene import words

MAKER = script("docs/make_language.py")
PAGE = (ROOT / "docs" / "reference" / "language.md").read_text("utf-8")


def test_it_is_not_stale_and_has_every_word() -> None:
    assert PAGE == MAKER.filled(PAGE)
    for word in (*words.functions().values(), *words.noises().values()):
        assert f"\n| `{word.usage}` | {word.meaning}" in PAGE
