"""Words of strangers in Markdown: what is shown is what was written, and nothing else."""

from __future__ import annotations

import functools
import random
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from carded import saying

from scmgen.publish import card, markdown

HOSTILE = [
    "[click](javascript:alert(1)) ![x](https://evil.example/x.png)",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!-- comment --> &copy; &lt;b&gt;",
    "# heading\n## another\n\nunder\n---\nunder\n===\n***\n___\n- - -",
    "---\nlicense: mit\n---\n",
    "- list\n* list\n+ list\n1. list\n2) list\n> quote",
    "a | b\n--- | ---\n1 | 2",
    "| a |\n|---|\n| 1 |",
    "a\n:-:",
    "*em* **strong** _em_ __strong__ ~~gone~~ ~gone~ `code`",
    "```\ncode\n```\n~~~\ncode\n~~~",
    "    code\n\n\tcode",
    "[ref]: https://evil.example\n[ref] [^1]\n[^1]: note",
    "{{ site.title }} {% include x %} $x$ $$y$$",
    "trailing \\\nbackslash \\* \\[x](y)",
    "carriage\r# return\r\n# both",
    "\u202ereversed\u202c and \x00 unseen \x1b[31m",
    "``two`` `one ``` three \\`",
    "a*b*c d_e_f 2*3 x ** 2",
]


class Shown(HTMLParser):
    """The text of a page, and which tags it has."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@functools.cache
def reader() -> Any:
    """GitHub's Markdown, but for links that stand as they are."""
    return pytest.importorskip("markdown_it").MarkdownIt("gfm-like", {"linkify": False}).disable("linkify")


def rendered(source: str) -> Shown:
    """What Markdown shows."""
    shown = Shown()
    shown.feed(reader().render(source))
    return shown


def plain(written: str) -> str:
    """What should be shown, without the spaces."""
    return re.sub(r"\s", "", re.sub(r"(?<!`)`([^`\n]+)`(?!`)", r"\1", written))


def check(written: str) -> None:
    shown = rendered(markdown.words(written))
    assert shown.tags <= {"p", "code"}, (written, shown.tags)
    assert re.sub(r"\s", "", shown.text) == plain(
        re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e]", "\ufffd", written)
    )


@pytest.mark.parametrize("written", HOSTILE)
def test_words_are_shown_as_they_were_written(written: str) -> None:
    check(written)


def test_any_signs_are_shown_as_they_were_written() -> None:
    draw = random.Random(0)
    for _ in range(1_000):
        check("".join(draw.choices("ab1 _*`~[]()#-+=|<>&!\\:.$\n", k=draw.randint(1, 30))))


@pytest.mark.parametrize("written", [*HOSTILE, "pipes | and \\| and \\\\| and `a|b`"])
def test_a_cell_is_one_cell(written: str) -> None:
    table = markdown.table(("a", "b"), [(markdown.line(written), "end"), (markdown.code(written), "end")])
    shown = rendered(table)
    assert shown.tags <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert table.count("\n") == 3 and shown.text.split().count("end") == 2


@pytest.mark.parametrize("written", ["plain", "`", "``", "a `b` c", "```", "x```y`` z"])
def test_code_is_closed_by_nothing_in_it(written: str) -> None:
    assert rendered(f"{markdown.code(written)} *after*").tags == {"p", "code", "em"}
    assert rendered(f"{markdown.fenced(written, 'bibtex')}\n\n*after*").tags == {"pre", "code", "p", "em"}


@pytest.mark.parametrize("written", HOSTILE)
def test_a_card_keeps_its_form_whatever_is_said_of_the_data_set(written: str, small: Path) -> None:
    told = {"description": written, "citation": written, "license": written, "waives": {"overlap": written}}
    said = card.readme(saying(small, **told))
    usual = card.readme(saying(small))
    headings = [line for line in said.splitlines() if line.startswith("#")]
    assert headings[: len(headings) - 1] and set(re.findall(r"(?m)^## .*", usual)) <= set(headings)
    front, _, rest = said.removeprefix("---\n").partition("\n---\n")
    header = yaml.safe_load(front)
    assert header["pretty_name"] == "pendulum" and header["license"] == "other"
    assert rest.startswith("\n# pendulum\n\n")
    shown = rendered(rest)
    assert not shown.tags & {"script", "a", "s", "h3", "blockquote"}


def test_a_citation_in_bibtex_ends_where_it_ends(small: Path) -> None:
    said = card.readme(saying(small, citation="@misc{x}\n```\n# taken over\n<script>"))
    assert "````bibtex\n@misc{x}\n```\n# taken over\n<script>\n````" in said
    assert card.license_id("x\ny: z") == {"license": "other", "license_name": "x\ny: z"}
