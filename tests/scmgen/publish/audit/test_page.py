"""Reports of an audit as pages: HTML that stands alone, and Markdown with its pictures beside it."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import sound_scene
from sound_scene import Run

from scmgen.publish.audit.page import Block, Table, to_html, to_markdown

shell = sound_scene.shell


def test_the_html_report_stands_alone(shell: Run) -> None:
    status, out, _ = shell("blind.yaml", "--n", "500", "--size", "32", "--interventions", "-o", "report.html")
    assert status == 1 and out.endswith("report.html: the report\n")
    page = Path("report.html").read_text()
    assert page.count("<img ") == page.count('src="data:image/png;base64,') == 4 and page.count("<svg ") == 1
    assert "http" not in re.sub(r'"data:[^"]*"|xmlns="[^"]*"', "", page)
    assert "a far move changes no pixel" in page and '<td class="fault">fault</td>' in page
    assert sorted(path.name for path in Path().iterdir()) == ["blind.yaml", "report.html", "sound.yaml"]


def test_the_markdown_report_keeps_its_pictures_beside_it(shell: Run) -> None:
    assert shell("sound.yaml", "--n", "500", "--size", "32", "-o", "out.md")[0] == 0
    text = Path("out.md").read_text()
    pictures = re.findall(r"!\[\w+\]\((out_files/\w+\.\w+)\)", text)
    names = ("graph.svg", "traversals.png", "marginals.png", "association.png")
    assert pictures == [f"out_files/{name}" for name in names]
    assert [Path(picture).read_bytes()[:4] for picture in pictures] == [b"<svg", *3 * [b"\x89PNG"]]
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert all(len({line.count(" | ") for line in table.splitlines()}) == 1 for table in tables)


def test_a_report_without_matplotlib_says_what_to_install(shell: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "matplotlib" else there(name, *a))
    status, out, err = shell("sound.yaml", "-o", "report.html")
    assert (status, out) == (2, "") and "pip install 'scmgen[report]'" in err
    assert shell("sound.yaml", "--n", "500", "--size", "32")[0] == 0


def test_a_report_escapes_what_it_quotes() -> None:
    blocks: list[Block] = [Table(("a",), [("<b> | c",)]), "x < y"]
    assert "&lt;b&gt; | c" in to_html("<t>", blocks) and "<h1>&lt;t&gt;</h1>" in to_html("<t>", [])
    assert "| &lt;b&gt; \\| c |" in to_markdown("t", blocks, "files")
