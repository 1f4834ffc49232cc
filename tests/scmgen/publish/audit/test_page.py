"""Reports of an audit as pages: HTML that stands alone, and Markdown with its pictures beside it."""

from __future__ import annotations

import importlib.util
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx
import pytest
import sound_scene
from PIL import Image
from sound_scene import Run

from scmgen.publish.audit.page import Block, Heading, Picture, Table, to_html, to_markdown
from scmgen.scm.graph_picture.picture import svg

if TYPE_CHECKING:
    from playwright.sync_api import Page

plots = pytest.importorskip("scmgen.publish.audit.plots", reason="matplotlib is in the extra report")
shell = sound_scene.shell


def test_the_html_report_stands_alone(shell: Run) -> None:
    status, out, _ = shell("blind.yaml", "--n", "500", "--size", "32", "--interventions", "-o", "report.html")
    assert status == 1 and out.endswith("report.html: the report\n")
    page = Path("report.html").read_text()
    assert page.count("<img ") == page.count(' src="data:image/png;base64,') == 4 and page.count("<svg ") == 1
    assert page.count('<source media="(prefers-color-scheme: dark)" srcset="data:image/png;base64,') == 4
    assert "http" not in re.sub(r'"data:[^"]*"|xmlns="[^"]*"|http-equiv', "", page)
    assert "a far move changes no pixel" in page and '<span class="verdict fault">fault</span>' in page
    assert sorted(path.name for path in Path().iterdir()) == ["blind.yaml", "report.html", "sound.yaml"]


SHOWN = """() => {
  const [graph] = document.querySelectorAll("svg"), frame = graph.getBoundingClientRect();
  const out = [...graph.querySelectorAll("path, rect, text")].map((part) => part.getBoundingClientRect()).filter(
    (box) => box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom,
  );
  const brush = document.createElement("canvas").getContext("2d");
  brush.drawImage(document.images[0], 0, 0);
  const pixel = brush.getImageData(1, 1, 1, 1).data;
  return {
    cut: out.length, arcs: graph.querySelectorAll(".bidirected").length, wide: document.documentElement.scrollWidth,
    paper: getComputedStyle(document.body).backgroundColor, plot: `rgb(${[...pixel].slice(0, 3).join(", ")})`,
  };
}"""


def plain(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1500, 600), colour).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(19, 23, 29)")])
def test_a_page_is_dark_where_pages_are_and_shows_arcs_whole(
    scheme: Any, paper: str, tmp_path: Path, page: Page
) -> None:
    graph = networkx.MultiDiGraph()
    graph.add_nodes_from(["light", "position", "size"])
    arcs = (("light", "position"), ("light", "size"), ("position", "size"))
    graph.add_edges_from((a, b, {"kind": "bidirected"}) for a, b in arcs)
    shown = Picture("plot", "A plot.", plain(plots.LIGHT.paper), plain(plots.DARK.paper))
    blocks: list[Block] = ["In short.", Heading("Graph"), Picture("graph", "Arcs.", svg(graph)), shown]
    (tmp_path / "page.html").write_text(to_html("Audit", blocks), encoding="utf-8")
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    page.goto((tmp_path / "page.html").as_uri())
    assert page.evaluate(SHOWN) == {"cut": 0, "arcs": 3, "wide": 390, "paper": paper, "plot": paper}


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
