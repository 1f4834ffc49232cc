"""docs/how-to/foundation.md says what was not run, and names what there is."""

from __future__ import annotations

import re

from checkout import ROOT

from cdm.cli.imagine import imagine
from cdm.foundation.choices import DRAWING, JUDGING, KNOWING

PAGE = (ROOT / "docs" / "how-to" / "foundation.md").read_text(encoding="utf-8")
_OTHERS = {"--port", "--mmproj", "--n", "--size", "--interventions", "--preset"}  # of other commands on the page


def test_the_first_paragraph_says_what_was_not_run() -> None:
    first = PAGE.split("\n\n")[1]
    assert first.startswith("No vision-language model and no Stable Diffusion with trained weights could be reached")
    assert "no figure on this page is of one" in " ".join(first.split())


def test_every_backend_is_in_the_table_and_every_option_is_one_of_the_command() -> None:
    rows = {row.partition(":")[0] for row in re.findall(r"^\| `([\w:]+)` \|", PAGE, re.MULTILINE)}
    assert {*KNOWING, *DRAWING, *JUDGING} - {"none"} <= rows
    known = {option for parameter in imagine.params for option in parameter.opts}
    assert set(re.findall(r"--[a-z][a-z-]+|--n\b", PAGE)) - _OTHERS <= known


def test_the_settings_on_the_page_are_settings() -> None:
    from cdm.foundation.guidance.settings import Settings

    named = set(re.findall(r"--set ([a-z]+)=", PAGE)) - {"dtype"}
    assert named and named <= set(vars(Settings()))
