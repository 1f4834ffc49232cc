"""The report of a data set: what it says, what it refuses, and how it works in a real browser."""

from __future__ import annotations

import base64
import csv
import io
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import fsspec
import numpy as np
import pytest
from PIL import Image

import scmgen
from scmgen.build.generated import build
from scmgen.build.imported import pack
from scmgen.build.imported.request import Request
from scmgen.cli.main import main
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.errors import ScmgenError
from scmgen.publish import report
from scmgen.publish.markup import Safe, choice, element, void
from scmgen.publish.report.scale import axis, spoken
from scmgen.scene.domain import Continuous
from scmgen.storage import manifest
from scmgen.storage.loading.reader import Data

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZE_LIMIT = 3_000_000
PLUGIN = "from scmgen import function\n\n\n@function()\ndef reported_twice(x):\n    return 2 * x\n"
TWICE = """
name: twice
equations:
  a: uniform(0, 1)
  b: reported_twice(a)
factors:
  a: {range: [0, 1]}
  b: {range: [0, 2]}
draw:
  - {mark: disc, x: a, y: b / 2, radius: 0.1, rgb: [0, 0, 0]}
"""


class Done(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["scmgen", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        assert isinstance(caught.value.code, int)
        return Done(caught.value.code, *capsys.readouterr())

    return run


def changed(data: scmgen.Data, **told: Any) -> scmgen.Data:
    """The data set as it would be if its manifest said something else."""
    return replace(data, manifest=manifest.typed({**data.manifest, **told}, "changed"))


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 40 grey squares with two measured attributes, a kind and a graph."""
    folder = tmp_path_factory.mktemp("imported")
    (folder / "images").mkdir()
    with (folder / "table.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "light", "kind", "side"])
        for k in range(40):
            side = 6 + k % 9
            image = np.full((24, 24), 30, np.uint8)
            image[4 : 4 + side, 4 : 4 + side] = 100 + 3 * k
            Image.fromarray(image).save(folder / "images" / f"{k}.png")
            rows.writerow([f"{k}.png", 100 + 3 * k, ("dark", "bright")[k > 20], side])
    (folder / "graph.json").write_text('{"edges": [["light", "kind"]]}')
    table = (folder / "table.csv",)
    asked = Request(folder / "images", table, folder / "graph.json", name="squares", categorical=("kind",))
    pack.write(pack.prepare(asked), folder / "squares")
    return folder / "squares"


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a chain of three steps with soft ones, in which several factors are targets at once."""
    out = tmp_path_factory.mktemp("chain") / "pendulum"
    steps = parse("hard:sizes=2; soft:scale=0.5; hard")
    build(catalogue.spec(catalogue.find("pendulum"), n=60, size=32, interventions=steps), out)
    return out


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give twelve factors of all types, without interventions in the first place."""
    out = tmp_path_factory.mktemp("many") / "shapes"
    build(catalogue.spec(catalogue.find("shapes-fixed"), n=120, size=32), out)
    return out


@pytest.fixture(scope="module")
def pages(
    small: Path, weak: Path, imported: Path, chain: Path, many: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Write the report of each data set once."""
    folder = tmp_path_factory.mktemp("pages")
    sets = {"small": small, "weak": weak, "imported": imported, "chain": chain, "many": many}
    for name, where in sets.items():
        report.write(scmgen.load(where), folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in sets}


@pytest.fixture(scope="module")
def text(pages: dict[str, Path]) -> str:
    return pages["small"].read_text("utf-8")


class Reader(HTMLParser):
    """Reads a page: its elements, and for each table its rows of text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.elements.append((tag, told))
        if tag == "div" and told.get("class") == "wide":
            self._rows = self.tables.setdefault(str(told["aria-label"]), [])
        if tag == "tr":
            self._rows.append([])
        if tag in ("td", "th"):
            self._rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._cell:
            self._rows[-1][-1] += data


def images(text: str) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    for tag, told in Reader(text).elements:
        if tag == "img":
            file = base64.b64decode(str(told["src"]).removeprefix("data:image/png;base64,"))
            yield str(told["alt"]), np.asarray(Image.open(io.BytesIO(file)))


def pair(data: Data) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Factual and counterfactual factors of the training split, ``(n, d)``, and the mask of targets."""
    rows = list(data.rows("train"))
    before, after = (np.array([list(row[key].values()) for row in rows]) for key in ("factors", "factors_cf"))
    return before, after, np.array([row["do_mask"] for row in rows])


# What it says


def test_the_page_holds_all_it_shows_and_allows_nothing_else(pages: dict[str, Path]) -> None:
    for page in pages.values():
        told = Reader(page.read_text("utf-8"))
        policies = [t["content"] for tag, t in told.elements if t.get("http-equiv") == "Content-Security-Policy"]
        assert len(policies) == 1
        assert str(policies[0]).startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '")
        for tag, attributes in told.elements:
            for key in ("src", "href", "action", "poster", "srcset"):
                assert str(attributes.get(key) or "#").startswith(("#", "data:image/png;base64,")), (tag, attributes)
            assert not any(key.startswith("on") for key in attributes), (tag, attributes)
        assert page.stat().st_size < SIZE_LIMIT


def test_every_id_is_used_once_and_every_reference_has_its_aim(pages: dict[str, Path]) -> None:
    for page in pages.values():
        told = Reader(page.read_text("utf-8"))
        ids = [t["id"] for _, t in told.elements if "id" in t]
        assert len(ids) == len(set(ids))
        aims = {str(t["href"])[1:] for _, t in told.elements if "href" in t} | {
            t["for"] for _, t in told.elements if "for" in t
        }
        assert aims <= set(ids)


def test_sections_of_a_generated_set(text: str) -> None:
    titles = re.findall(r"<h2>(.*?)</h2>", text)
    assert titles == [
        "Data set",
        "Causal graph",
        "Counterfactual pairs",
        "Effect maps",
        "Effects on factors",
        "Interventions",
        "Factors",
        "Values",
        "Pairs of factors",
        "First images",
        "Audit",
    ]


def test_the_head_says_what_the_data_set_is(small: Path, text: str) -> None:
    manifest = scmgen.load(small).manifest
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text))
    assert facts["samples"] == "300"
    assert facts["pixels"] == "64 × 64"  # noqa: RUF001
    assert facts["licence"] == "CC0-1.0"
    assert facts["spec"] == manifest["spec_hash"][:12]
    assert facts["origin"] == "generated"
    assert Reader(text).tables["splits"] == [
        ["split", "samples"],
        ["train", "240"],
        ["validation", "30"],
        ["test", "30"],
    ]
    assert manifest["citation"] in text


def test_splits_that_differ_say_how(tmp_path: Path) -> None:
    build(catalogue.spec(catalogue.find("spurious-pairs-95"), n=60, size=16), tmp_path / "d")
    rows = Reader(report.compose(scmgen.load(tmp_path / "d"))).tables["splits"]
    assert rows[0] == ["split", "samples", "what is different"]
    assert ["test_flipped", "6", "agreement = 0.05"] in rows


def test_the_effects_are_those_of_the_labels(small: Path, text: str) -> None:
    data = scmgen.load(small)
    before, after, mask = pair(data)
    deviations = np.array([told["std"] for told in data.factors.values()])
    rows = Reader(text).tables["effects of counterfactual"]
    assert rows[0] == ["", *data.factors]
    for k, name in enumerate(data.factors):
        far = np.abs(after - before)[mask[:, k] == 1].mean(axis=0) / deviations
        assert rows[k + 1][0] == f"do({name})"
        assert rows[k + 1][1:] == [f"{value:.2f}" if value else "0" for value in far]
    assert rows[3][1:] == ["0", "0", rows[3][3], "0"]  # nothing follows from the shadow's length


def test_the_intervention_table_counts_and_gives_the_reach(small: Path, text: str) -> None:
    told = Reader(text).tables["interventions"]
    assert told[0] == ["intervention", "samples", "sets"]
    assert [row[:2] for row in told[1:]] == [
        ["do(pendulum_angle)", "60"],
        ["do(light_angle)", "60"],
        ["do(shadow_length)", "60"],
        ["do(shadow_position)", "60"],
        ["none", "60"],
    ]
    data = scmgen.load(small)
    rows = [row for split in data.splits for row in data.rows(split)]
    values = [row["do_value"][1] for row in rows if row["do_mask"][1]]
    assert told[2][2] == f"light_angle: {min(values):.3f} to {max(values):.3f} rad"


def test_a_pair_is_shown_with_its_difference_and_what_moved(small: Path, text: str) -> None:
    data = scmgen.load(small)
    before, after, mask = pair(data)
    row = int(np.flatnonzero(mask[:, 1])[0])
    what = f"sample train-{row:09d}"
    seen = dict(images(text))
    shown = next(alt for alt in seen if alt.startswith(f"{what}, counterfactual"))
    for alt, member in ((f"{what}, factual", "image"), (shown, "image_cf")):
        np.testing.assert_array_equal(seen[alt], data.images("train", member)[row])
    changed = (data.images("train")[row] != data.images("train", "image_cf")[row]).any(axis=-1)
    difference = seen[f"{what}, difference of the two images"]
    np.testing.assert_array_equal((difference != difference[0, 0]).any(axis=-1) & ~changed, False)
    assert (difference[changed].sum(axis=-1) > difference[0, 0].sum()).mean() > 0.9
    assert f"do(light_angle = {after[row, 1]:.3f})" in shown
    assert f"light_angle {before[row, 1]:.3f} → {after[row, 1]:.3f}" in shown
    assert "pendulum_angle" not in shown.partition(":")[2]


def test_effect_maps_give_the_mean_change_of_pixels(small: Path, text: str) -> None:
    data = scmgen.load(small)
    _, _, mask = pair(data)
    rows = np.flatnonzero(mask[:, 0])[:64]
    one, other = (data.images("train", member)[rows].astype(float) for member in ("image", "image_cf"))
    found = np.abs(one - other).mean(axis=(0, 3)) / 255
    told = f"{found.mean():.2%} on average; {np.mean(found > 0):.0%} of pixels change"
    assert f"<code>do(pendulum_angle)</code><span>{told}</span>" in text
    maps = {alt: pixels for alt, pixels in images(text) if alt.startswith("mean change")}
    assert len(maps) == 4
    brightness = maps["mean change of each pixel under do(pendulum_angle)"].astype(int).sum(axis=-1)
    assert np.unravel_index(brightness.argmax(), brightness.shape) == np.unravel_index(found.argmax(), found.shape)


def test_values_are_told_in_words_too(small: Path, text: str) -> None:
    before, _, _ = pair(scmgen.load(small))
    angles = before[:, 0]
    told = f"factual: {angles.min():.4g} to {angles.max():.4g}, mean {angles.mean():.4g}, deviation {angles.std():.4g}"
    assert f'aria-label="pendulum_angle, {told.replace("-", "−")}; counterfactual: ' in text  # noqa: RUF001


def test_the_pairs_tell_correlations_below_and_above_the_diagonal(small: Path, text: str) -> None:
    before, after, _ = pair(scmgen.load(small))
    for values, title in ((before, "light_angle and shadow_position"), (after, "shadow_position and light_angle")):
        r = np.corrcoef(values[:, 1], values[:, 3])[0, 1]
        assert f'title="{title}: association {r:.2f}"' in text


def test_the_graph_is_shown_under_each_intervention(text: str, chain: Path) -> None:
    labels = re.findall(r'<label for="graph-\d+">(.*?)</label>', text)
    factors = ["pendulum_angle", "light_angle", "shadow_length", "shadow_position"]
    assert labels == ["observed", *(f"do({name})" for name in factors)]
    panels = re.findall(r"<svg[^>]*causal-graph.*?</svg>", text, re.DOTALL)
    assert [panel.count(' cut"') for panel in panels] == [0, 0, 0, 2, 2]
    soft = re.findall(r"<svg[^>]*causal-graph.*?</svg>", report.compose(scmgen.load(chain)), re.DOTALL)
    assert [panel.count(' cut"') for panel in soft if "under soft(shadow_length)" in panel] == [0]
    assert [panel.count(' cut"') for panel in soft if "under do(shadow_length, shadow_position)" in panel] == [4]


def test_a_chain_shows_each_step_from_where_it_starts(chain: Path, pages: dict[str, Path]) -> None:
    text = pages["chain"].read_text("utf-8")
    steps = re.findall(r"<h3>(.*?)</h3>", text)
    assert steps[0] == "Step 1, from the factual image"
    assert steps[1:3] == ["Step 2, from the step before", "Step 3, from the step before"]
    tables = Reader(text).tables
    assert {"effects of counterfactual", "effects of counterfactual, step 2"} <= set(tables)
    assert any(row[1].startswith("do(pendulum_angle, light_angle)") for row in tables["interventions"])
    row = next(row for row in tables["interventions"] if row[1] == "soft(shadow_length)")
    assert row[3] == "shadow_length := 0.5 × shadow_length + 2.95"  # noqa: RUF001
    data = scmgen.load(chain)
    seen = dict(images(text))
    second = next(alt for alt in seen if "counterfactual, step 2: soft(" in alt)
    number = int(second.split(",")[0].split("-")[1])
    np.testing.assert_array_equal(seen[second], data.images("train", "image_cf2")[number])
    before = seen[f"sample train-{number:09d}, counterfactual"]
    np.testing.assert_array_equal(before, data.images("train", "image_cf")[number])


def test_what_labels_withhold_is_read_from_beside_the_shards(pages: dict[str, Path]) -> None:
    told = Reader(pages["weak"].read_text("utf-8")).tables
    assert sum(int(row[2]) for row in told["interventions"][1:] if row[0] == "counterfactual") == 40
    assert any(row[0].startswith("environment do_") for row in told["splits"])


def test_an_imported_set_says_what_it_cannot_have(imported: Path, pages: dict[str, Path]) -> None:
    text = pages["imported"].read_text("utf-8")
    titles = re.findall(r"<h2>(.*?)</h2>", text)
    assert titles == ["Data set", "Causal graph", "Factors", "Values", "Pairs of factors", "First images", "Audit"]
    assert "This data set was imported: it has no equations, no noise and no counterfactual images" in text
    assert "counterfactual</" not in text and "Factual samples are below" not in text
    assert re.findall(r'<label for="graph-\d+">(.*?)</label>', text)[:2] == ["observed", "do(light)"]
    data = scmgen.load(imported)
    source = next(iter(data.rows("train")))["source"]
    np.testing.assert_array_equal(
        next(pixels for alt, pixels in images(text) if alt.startswith(f"image of {source}:")),
        data.images("train")[0],
    )


def test_an_unknown_graph_is_a_sentence(imported: Path) -> None:
    data = scmgen.load(imported)
    text = report.compose(changed(data, graph=None))
    assert "<p>The causal graph of this data set is not known.</p>" in text


def test_what_comes_from_a_data_set_is_text_and_never_markup(small: Path) -> None:
    data = scmgen.load(small)
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    factors = {name: {**told, "long_name": f'"{evil}'} for name, told in data.factors.items()}
    told = {"description": evil, "citation": evil, "license": evil, "factors": factors}
    text = report.compose(changed(data, **told), samples=50)
    assert text.count("<script") == 1
    assert "<img src=x" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_large_images_are_made_smaller_and_the_page_stays_small(tmp_path: Path) -> None:
    spec = catalogue.spec(catalogue.find("shapes-fixed"), n=40, size=256)
    build(spec, tmp_path / "d")
    text = report.compose(scmgen.load(tmp_path / "d"), samples=32)
    assert {pixels.shape for _, pixels in images(text)} == {(128, 128, 3)}
    assert len(text) < SIZE_LIMIT


def test_samples_are_the_first_of_each_split(small: Path) -> None:
    data = scmgen.load(small)
    text = report.compose(data, samples=20)
    assert "train, 20 samples" in text and "test, 20 samples" in text
    told = Reader(text).tables["interventions"]
    assert sum(int(row[1]) for row in told[1:]) == 60


def test_only_shards_that_are_looked_at_are_read(small: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(small, copy)
    (copy / "pendulum-train-000002.tar").unlink()
    report.compose(scmgen.load(copy), samples=100)
    with pytest.raises(ScmgenError, match=r"pendulum-train-000002\.tar is missing"):
        report.compose(scmgen.load(copy), samples=201)


def test_the_page_is_equal_on_each_run(small: Path, pages: dict[str, Path]) -> None:
    assert report.compose(scmgen.load(small)) == pages["small"].read_text("utf-8")


def test_a_set_behind_a_url_gives_the_same_page(small: Path, tmp_path: Path, shell: Callable[..., Done]) -> None:
    place = fsspec.filesystem("memory")
    place.put(str(small), "/report-of-url/pendulum", recursive=True)
    assert shell("report", "memory://report-of-url/pendulum", "-o", tmp_path / "url.html").status == 0
    assert shell("report", small, "-o", tmp_path / "local.html").status == 0
    assert (tmp_path / "url.html").read_bytes() == (tmp_path / "local.html").read_bytes()


def test_a_plug_in_is_needed_for_the_audit_alone(
    tmp_path: Path, shell: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plugin.py").write_text(PLUGIN)
    (tmp_path / "twice.yaml").write_text(TWICE)
    assert shell("build", "twice.yaml", "--n", 20, "--size", 16, "--plugin", "plugin.py", "-o", "d").status == 0
    assert shell("report", "d").status == 0
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Not audited: d: was built with the plug-in plugin.py; give the same file with --plugin." in page
    assert shell("report", "d", "--plugin", "plugin.py").status == 0
    assert "Not audited" not in (tmp_path / "report.html").read_text("utf-8")


# Bad input


def broken(small: Path, into: Path, how: str) -> Path:
    copy = into / "copy"
    shutil.copytree(small, copy)
    shard, told = copy / "pendulum-train-000000.tar", copy / "manifest.json"
    match how:
        case "manifest":
            told.unlink()
        case "format":
            told.write_text(told.read_text().replace('"format": 1', '"format": 7'))
        case "missing":
            shard.unlink()
        case "changed":
            shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    return copy


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("manifest", "{copy}: not a data set: it has no manifest.json"),
        ("format", "{copy}/manifest.json: format 7; this scmgen reads format 1"),
        ("missing", "{copy}: pendulum-train-000000.tar is missing, though the manifest lists it"),
        ("changed", "{copy}/pendulum-train-000000.tar: changed or cut short since it was written ({size:,} bytes)"),
    ],
)
def test_a_broken_set_is_one_message_and_no_page(
    small: Path, tmp_path: Path, shell: Callable[..., Done], how: str, message: str
) -> None:
    copy = broken(small, tmp_path, how)
    done = shell("report", copy, "-o", tmp_path / "out.html")
    size = (small / "pendulum-train-000000.tar").stat().st_size
    assert done == (2, "", f"scmgen: {message.format(copy=copy, size=size)}\n")
    assert not (tmp_path / "out.html").exists()


def test_places_that_cannot_be_written_are_told(small: Path, tmp_path: Path, shell: Callable[..., Done]) -> None:
    done = shell("report", small, "-o", tmp_path)
    example = f"a report is one file, such as {tmp_path / 'report.html'}"
    assert done == (2, "", f"scmgen: {tmp_path}: is a directory; {example}\n")
    done = shell("report", small, "-o", tmp_path / "no" / "x.html")
    assert done == (2, "", f"scmgen: {tmp_path / 'no' / 'x.html'}: no such folder: {tmp_path / 'no'}\n")
    long = tmp_path / f"{'x' * 245}.html"
    done = shell("report", small, "-o", long, "--samples", 5)
    assert done == (2, "", f"scmgen: {long}: cannot be written: File name too long\n")
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_is_there_is_replaced_whole(small: Path, tmp_path: Path, shell: Callable[..., Done]) -> None:
    out = tmp_path / "report.html"
    out.write_text("old")
    done = shell("report", small, "-o", out, "--samples", 10)
    assert done.status == 0 and done.err == ""
    assert re.fullmatch(rf"{re.escape(str(out))}: \d+\.\d KB\n", done.out)
    assert out.read_text("utf-8").startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [out]


# The parts


def test_markup_escapes_what_is_not_its_own() -> None:
    assert element("p", "<b>", Safe("<i></i>"), title='"<') == '<p title="&quot;&lt;">&lt;b&gt;<i></i></p>'
    assert void("path", d="M0 0", stroke_width=2, hidden=None, open=True) == '<path d="M0 0" stroke-width="2" open/>'
    assert choice("a", "b", [("<", "<u>")]).count("&lt;") == 2


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, ["0", "0.5", "1"]),
        (-0.5, 0.5, ["−0.5", "0", "0.5"]),  # noqa: RUF001
        (1.15, 2.0, ["1.25", "1.5", "1.75", "2"]),
        (0.0, 360.0, ["0", "100", "200", "300"]),
        (1e6, 1.00001e6, ["1e+06"]),
    ],
)
def test_ticks_are_round_and_few(low: float, high: float, ticks: list[str]) -> None:
    told = axis(Continuous(low, high)).ticks
    assert [text for _, text in told][: len(ticks)] == ticks
    assert 2 <= len(told) <= 5 and all(low - 1e-9 <= value <= high + 1e-9 for value, _ in told)


def test_a_factor_that_never_varies_has_an_axis_and_a_value() -> None:
    still = Continuous(3.0, 3.0)
    along = axis(still, np.array([3.0, 3.0]))
    assert (along.low, along.high) == (2.5, 3.5)
    assert spoken(still, 3.0) == "3.000"


# In a browser


def visible(page: Page, section: str) -> list[str]:
    """The labels of the panels that a section shows."""
    panels = page.locator(f"#{section} .choice > .panel")
    return [str(p.get_attribute("data-label")) for p in panels.all() if p.is_visible()]


@pytest.mark.parametrize("name", ["small", "weak", "imported", "chain", "many"])
def test_it_opens_without_error_and_asks_for_nothing(page: Page, pages: dict[str, Path], name: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pages[name].as_uri())
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith("data:")] == [pages[name].as_uri()]
    broken = page.evaluate("[...document.images].filter(i => !i.complete || !i.naturalWidth || !i.alt).length")
    assert broken == 0
    assert page.evaluate("document.images.length") > 0


@pytest.mark.parametrize("name", ["small", "weak", "imported", "chain", "many"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_window_makes_the_page_scroll_sideways(page: Page, pages: dict[str, Path], name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(pages[name].as_uri())
    for section in ("causal-graph", "pairs-of-factors"):
        page.locator(f"#{section}").scroll_into_view_if_needed()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_graph_is_chosen_with_the_keyboard(page: Page, pages: dict[str, Path]) -> None:
    page.goto(pages["small"].as_uri())
    assert visible(page, "causal-graph") == ["observed"]
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.name") != "graph":
        page.keyboard.press("Tab")
    outline = "getComputedStyle(document.activeElement.nextElementSibling).outlineStyle"
    assert page.evaluate(outline) == "solid"
    page.keyboard.press("ArrowRight")
    assert visible(page, "causal-graph") == ["do(pendulum_angle)"]
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert visible(page, "causal-graph") == ["do(shadow_position)"]
    assert page.locator("#causal-graph .panel:visible .target").get_attribute("data-node") == "shadow_position"


def test_pairs_are_shown_by_their_intervention(page: Page, pages: dict[str, Path]) -> None:
    page.goto(pages["small"].as_uri())
    page.get_by_role("radio", name="do(shadow_length)").nth(1).check(force=True)
    assert visible(page, "counterfactual-pairs") == ["do(shadow_length)"]
    captions = page.locator("#counterfactual-pairs .panel:visible figcaption span:first-child").all_inner_texts()
    assert len(captions) == 6 and all(caption.startswith("do(shadow_length = ") for caption in captions)


def test_any_pair_of_factors_is_shown_larger(page: Page, pages: dict[str, Path]) -> None:
    page.goto(pages["small"].as_uri())
    shown = page.locator("#pairs-of-factors .panel:visible")
    uses = shown.locator("[data-pair]")
    shown.get_by_label("across").select_option("shadow_length")
    shown.get_by_label("up").select_option("pendulum_angle")
    assert [use.get_attribute("href") for use in uses.all()] == ["#p0f-2-0", "#p0c-2-0"]
    assert uses.first.get_attribute("transform") == "matrix(0 -1 -1 0 250 250)"
    assert shown.locator("[data-scale=x]").first.get_attribute("href") == "#p0x-2"
    assert shown.locator(".large svg").first.get_attribute("aria-label") == "pendulum_angle against shadow_length"
    shown.locator("[data-x='1'][data-y='3']").click()
    assert [use.get_attribute("href") for use in uses.all()] == ["#p0f-3-1", "#p0c-3-1"]
    assert shown.get_by_label("across").input_value() == "1"
    assert page.locator("#p0f-3-1").first.evaluate("points => points.getAttribute('d')").count("M") == 240
    assert uses.first.evaluate("use => use.getBoundingClientRect().width") > 100


def test_without_a_script_all_can_be_seen(browser: Browser, pages: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.goto(pages["small"].as_uri())
    assert not page.locator(".pickers").first.is_visible()
    assert page.locator("#pairs-of-factors .matrix").first.is_visible()
    page.locator("#values label", has_text="test, 30 samples").click()
    assert visible(page, "values") == ["test, 30 samples"]
    context.close()


def test_on_paper_every_panel_is_printed(page: Page, pages: dict[str, Path]) -> None:
    page.goto(pages["small"].as_uri())
    page.emulate_media(media="print")
    assert len(visible(page, "causal-graph")) == 5
    assert len(visible(page, "values")) == 3


CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const paint = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faults = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.checkVisibility() || parent.closest("script, svg")) continue;
    const grounds = [];
    for (let at = parent; at; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
    const ground = paint(["white", ...grounds]);
    const ink = paint(["white", ...grounds, getComputedStyle(parent).color]);
    const [high, low] = [light(ground), light(ink)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) faults.push([node.data.trim().slice(0, 40), ratio.toFixed(2), parent.className]);
  }
  return faults;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page: Page, pages: dict[str, Path], scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    for name in ("small", "many"):
        page.goto(pages[name].as_uri())
        assert page.evaluate(CONTRAST) == []


def test_a_page_of_evil_text_runs_nothing_and_loads_nothing(page: Page, small: Path, tmp_path: Path) -> None:
    data = scmgen.load(small)
    evil = "<img src='http://127.0.0.1:9/x' onerror='document.title=1'><script>document.title = 'owned'</script>"
    (tmp_path / "evil.html").write_text(report.compose(changed(data, description=evil), samples=20), "utf-8")
    page.goto((tmp_path / "evil.html").as_uri())
    assert page.title() == "pendulum: report"
    assert page.locator(".lead").inner_text() == evil
