"""The audit: a sound scene passes, and each thing that can be wrong is found, named, and nothing else with it."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from scmgen.build.generated import build
from scmgen.checks.audit import Audit, audit
from scmgen.checks.audit.association import association, independence
from scmgen.checks.audit.findings import CHECKS, Finding, merge, note, verdict
from scmgen.checks.audit.population import Population, populations
from scmgen.checks.audit.response import caused, private, respond
from scmgen.checks.audit.values import check
from scmgen.cli.main import main
from scmgen.dataset import catalogue
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import Spec
from scmgen.publish.audit.page import Block, Table, to_html, to_markdown
from scmgen.scene.factor import Factor
from scmgen.scene.scene import Scene, SceneDocument, compile_scene
from scmgen.scm import noise as streams

N = 1_500

SOUND = """
name: sound
equations:
  place: uniform(0.25, 0.75)
  shape: category(1, 1)
  tilt: (0.3 * place + 0.1 * shape + uniform(-0.2, 0.2)) % 1
  length: 0.1 + 0.4 * place + where(shape == box, 0.1, 0) + uniform(-0.05, 0.05)
  tint: uniform(0, 0.2)
factors:
  place: {range: [0.25, 0.75], unit: frame}
  shape: {levels: [ball, box]}
  tilt: {range: [0, 1], circular: true, unit: turn}
  length: {range: [0.1, 0.6], unit: frame}
draw:
  - {mark: fill, rgb: [0.9, 0.9, 0.7 + tint]}
  - {mark: disc, x: place, y: 0.8, radius: 0.08, rgb: [0.8, 0.2, 0.2], when: shape == ball, group: thing}
  - {mark: rect, x: place, y: 0.8, width: 0.14, height: 0.14, rgb: [0.8, 0.2, 0.2], when: shape == box, group: thing}
  - {mark: rect, x: 0.5, y: 0.5, width: length, height: 0.06, rgb: [0.1, 0.3, 0.6], group: bar}
  - {mark: rect, x: 0.1, y: 0.5, width: 0.05, height: place / 2, rgb: [0.1, 0.6, 0.3], group: gauge}
  - mark: line
    x1: 0.5
    y1: 0.2
    x2: 0.5 + 0.15 * cos(2 * pi * tilt)
    y2: 0.2 + 0.15 * sin(2 * pi * tilt)
    width: 0.03
    rgb: [0, 0, 0]
    group: hand
"""

Change = Callable[[dict[str, Any]], None]


def dataset(*changes: Change, **spec: Any) -> Dataset:
    """Compile the sound scene, changed, with hard interventions."""
    data = yaml.safe_load(SOUND)
    for change in changes:
        change(data)
    given = {"n": 100, "size": 32, "interventions": "hard", **spec}
    return compile_spec(Spec(name="sound", scene=SceneDocument.model_validate(data), **given))


def equation(name: str, text: str) -> Change:
    return lambda data: data["equations"].update({name: text})


def factor(name: str, **domain: Any) -> Change:
    return lambda data: data["factors"].update({name: domain})


def channel(group: str, **channels: Any) -> Change:
    return lambda data: [mark.update(channels) for mark in data["draw"] if mark.get("group") == group]  # type: ignore[func-returns-value,return-value]


def over(**mark: Any) -> Change:
    return lambda data: data["draw"].append(mark)


def told(done: Audit, severity: str = "fault") -> list[tuple[str, str]]:
    return [(found.check, found.subject) for found in done.findings if found.severity == severity]


def the(done: Audit, check: str, severity: str = "fault") -> Finding:
    (found,) = [found for found in done.findings if (found.check, found.severity) == (check, severity)]
    return found


def test_a_sound_scene_has_no_fault() -> None:
    done = audit(dataset(), N)
    assert (told(done), done.ok) == ([], True)
    assert done.counts["unfaithful-edge"] == 4 and done.counts["duplicates"] == sum(done.sizes.values())
    assert set(done.counts) == set(CHECKS)


second = equation("second", "place + uniform(-0.02, 0.02)")
second_factor = factor("second", range=[0.2, 0.8])
second_drawn = over(mark="rect", x=0.9, y=0.5, width=0.05, height="second / 2", rgb=[0, 0, 0])
COARSE = "0.1 * floor(10 * length)"


@pytest.mark.parametrize(
    ("check", "subject", "changes", "figure", "words"),
    [
        (
            "clamped",
            "length",
            [equation("length", "max(0.3, 0.1 + 0.4 * place + uniform(-0.05, 0.05) + 0.1 * shape)")],
            (0.2, 0.6),
            "piles up at 0.3, in ",
        ),
        (
            "clamped",
            "place",
            [equation("place", "round(uniform(25, 75)) / 100")],
            (0.99, 1.0),
            "takes few values: 100.0%",
        ),
        ("clamped", "place", [equation("place", "0.25 + abs(uniform(-0.5, 0.5))")], (0.99, 1.0), "folds the noise"),
        (
            "clamped",
            "tilt",
            [equation("tilt", "(0.3 * place + 0.1 * shape + uniform(-0.8, 0.8)) % 1")],
            (0.99, 1.0),
            "folds the noise",
        ),
        (
            "out-of-range",
            "length",
            [factor("length", range=[0.2, 0.6])],
            (0.001, 0.1),
            "of observations lie outside 0.2 to 0.6; they run 0.1",
        ),
        (
            "deterministic-child",
            "length",
            [equation("length", "0.1 + 0.4 * place + 0.1 * shape")],
            (0, 0),
            "has causes but no noise of its own",
        ),
        (
            "deterministic-child",
            "length",
            [equation("length", "0.1 + 0.4 * place + 0.1 * shape + uniform(-5e-5, 5e-5)")],
            (0, 1e-4),
            "of its variance",
        ),
        (
            "unfaithful-edge",
            "shape -> length",
            [equation("length", "0.1 + 0.4 * place + 1e-4 * shape + uniform(-0.05, 0.05)")],
            (0, 0.01),
            "do(shape) over its range moves length by ",
        ),
        (
            "correlation",
            "place, second",
            [second, second_factor, second_drawn],
            (0.99, 1),
            "cannot be told apart: r = 0.99",
        ),
        ("balance", "shape", [equation("shape", "category(1, 0)")], (0, 0), "box: never observed"),
        ("unreadable", "length", [channel("bar", width=0.3)], (1, 1), "a far move changes no pixel, in 100.0%"),
        ("unreadable", "length", [channel("bar", width=COARSE)], (0.2, 0.8), "a move by a twentieth of its range"),
        (
            "unreadable",
            "length",
            [channel("bar", when="shape == ball")],
            (0.4, 0.6),
            "a far move changes no pixel, in ",
        ),
        ("unreadable", "tilt", [channel("hand", x2=0.5, y2=0.35)], (1, 1), "a far move"),
        ("out-of-frame", "gauge", [channel("gauge", y="place - 0.35")], (0.01, 0.9), "cut by the frame in "),
        (
            "out-of-frame",
            "bar",
            [factor("length", range=[0.1, 0.6]), channel("bar", x="1.6 * length")],
            (0.01, 0.9),
            "%",
        ),
        (
            "occluded",
            "dot",
            [
                over(mark="disc", x="place", y=0.65, radius=0.03, rgb=[1, 0, 0], group="dot"),
                over(mark="rect", x=0.5, y=0.65, width=0.3, height=0.1, rgb=[0, 0, 0]),
            ],
            (0.1, 0.6),
            "wholly hidden by other marks in ",
        ),
        ("nuisance", "image", [equation("tint", "0.1")], (0, 0), "nothing that is drawn varies but the factors"),
    ],
)
def test_each_fault_is_found_and_it_alone(
    check: str, subject: str, changes: list[Change], figure: tuple[float, float], words: str
) -> None:
    done = audit(dataset(*changes), N)
    assert dict.fromkeys(told(done)) == {(check, subject): None}
    first = next(found for found in done.findings if found.check == check and found.severity == "fault")
    assert figure[0] <= first.figure <= figure[1]
    assert words in first.sentence
    assert not done.ok


def test_the_clamp_of_the_classic_pendulum_is_as_large_as_published() -> None:
    done = audit(catalogue.find("pendulum-classic"))
    theta, phi = np.arange(-40, 44) * np.pi / 200, np.array([j for j in range(60, 148) if j != 100]) * np.pi / 200
    length = 9.5 * np.abs(np.cos(theta[:, None] - phi)) / np.sin(phi)
    published = float((length < 3).mean())
    assert published == pytest.approx(0.396, abs=5e-4)
    assert the(done, "clamped", "waived").figure == pytest.approx(published, abs=4 * np.sqrt(0.24 / 5_000))


def test_the_classic_pendulum_has_exactly_the_faults_that_it_waives() -> None:
    done = audit(catalogue.find("pendulum-classic"), N)
    assert done.ok and told(done) == []
    assert dict.fromkeys(told(done, "waived")) == dict.fromkeys(
        [
            ("clamped", "shadow_length"),
            ("deterministic-child", "shadow_length"),
            ("deterministic-child", "shadow_position"),
            ("out-of-frame", "sun"),
            ("out-of-frame", "shadow"),
            ("nuisance", "image"),
        ]
    )
    assert {found.condition for found in done.findings if found.severity == "waived"} == set(
        catalogue.entries()["pendulum-classic"].waives
    )
    assert all(found.reason.startswith("as published") for found in done.findings if found.severity == "waived")


@pytest.mark.parametrize("name", catalogue.entries())
def test_every_entry_has_no_fault_that_it_does_not_waive(name: str) -> None:
    assert told(audit(catalogue.find(name), N)) == []


# Where a fault shows


def test_what_a_do_alone_draws_outside_the_frame_breaks_another_condition() -> None:
    done = audit(dataset(factor("length", range=[0.1, 2.5]), channel("bar", x="0.2 + length / 2")), N)
    found = the(done, "out-of-frame")
    assert (found.subject, found.condition) == ("bar", "all-interventions")
    assert "under do(length)" in found.sentence and "do(place)" not in found.sentence


def test_scenery_that_spans_the_frame_and_what_no_factor_moves_is_not_cut() -> None:
    sea = over(mark="rect", x=0.5, y="0.05 * place", width=1.2, height=0.1, rgb=[0, 0, 1], group="sea")
    rock = over(mark="disc", x=0, y="0.5 + tint", radius=0.1, rgb=[0, 0, 0], group="rock")
    assert told(audit(dataset(sea, rock), N)) == []


def test_an_object_that_is_wholly_outside_is_told_from_one_that_is_not_drawn() -> None:
    done = audit(dataset(channel("hand", x1=3, x2="3 + tilt")), N)
    outside = [found for found in done.findings if found.check == "out-of-frame"]
    assert [(found.subject, found.figure) for found in outside] == [("hand", 1.0)]
    assert "outside the frame, or too small to see" in outside[0].sentence


def test_a_hidden_cause_is_a_note() -> None:
    shared = [
        equation("breeze", "uniform(0, 0.05)"),
        equation("length", "0.1 + 0.4 * place + 0.1 * shape + breeze + uniform(-0.05, 0)"),
        equation("tilt", "(0.3 * place + 0.1 * shape + 2 * breeze + uniform(-0.2, 0.1)) % 1"),
    ]
    done = audit(dataset(*shared), N)
    assert told(done) == [] and ("true-graph", "tilt <-> length") in told(done, "note")


def test_paths_that_cancel_are_a_note_that_says_whether_a_linear_method_could_know() -> None:
    drawn = over(mark="rect", x=0.9, y=0.5, width=0.05, height="0.5 + second", rgb=[0, 0, 0])
    domain = factor("second", range=[-0.5, 0.5])
    one = equation("second", "length - 0.4 * place + uniform(-0.2, 0.2)")
    cancelled = the(audit(dataset(one, domain, drawn), 4_000), "unfaithful-edge", "note")
    assert cancelled.subject == "place -> second" and "and independent as it seems" in cancelled.sentence
    bent = equation("second", "4 * (place - 0.5) ** 2 + uniform(-0.2, 0.2)")
    seen = the(audit(dataset(bent, domain, drawn), 4_000), "unfaithful-edge", "note")
    assert seen.subject == "place -> second" and "but dependent" in seen.sentence


def test_a_noise_that_reaches_its_factor_by_a_helper_is_its_own() -> None:
    helped = [equation("jolt", "uniform(-0.05, 0.05)"), equation("length", "0.1 + 0.4 * place + 0.1 * shape + jolt")]
    assert told(audit(dataset(*helped), N)) == []
    clipped = [helped[0], equation("length", "max(0.3, 0.1 + 0.4 * place + 0.1 * shape + jolt)")]
    assert told(audit(dataset(*clipped), N)) == [("clamped", "length")]


def test_a_rare_level_is_a_note() -> None:
    done = audit(dataset(equation("shape", "category(1, 0.02)")), N)
    assert told(done) == [] and the(done, "balance", "note").sentence.startswith("box is rare: ")


def test_sortability_is_a_note_where_it_betrays_the_order() -> None:
    done = audit(dataset(), N)
    outside = [("sortability", name) for name, figure in done.sortability.items() if not 0.1 <= figure <= 0.9]
    assert [pair for pair in told(done, "note") if pair[0] == "sortability"] == outside


# Splits, environments, interventions

SPLITS = [{"name": "train", "share": 0.5}, {"name": "test", "share": 0.5, "replace": {"shape": "category(1, 0)"}}]


def test_a_level_that_only_some_splits_leave_out_is_a_note_that_names_them() -> None:
    found = the(audit(dataset(splits=SPLITS), N), "balance", "note")
    assert found.splits == ("test",) and str(found) == "shape: box: never observed (in test)"


def test_a_fault_of_one_split_names_it() -> None:
    splits = [SPLITS[0], {"name": "test", "share": 0.5, "replace": {"place": "round(uniform(25, 75)) / 100"}}]
    done = audit(dataset(splits=splits), N)
    assert told(done) == [("clamped", "place")] and the(done, "clamped").splits == ("test",)


def test_splits_and_environments_of_one_distribution_are_looked_at_together() -> None:
    environments = [{"name": "day"}, {"name": "night", "replace": {"tint": "uniform(0.1, 0.2)"}}]
    whole = dataset(splits=[SPLITS[0], {"name": "copy", "share": 1}, SPLITS[1]], environments=environments)
    found = populations(whole, {split: whole.evaluate(split, 0, 300) for split in whole.regimes})
    assert [population.splits for population in found] == [("train", "copy")] * 2 + [("test",)] * 2
    day, night = found[0], found[1]
    assert day.size + night.size == 600 and night.values["tint"].min() > 0.1 > day.values["tint"].min()
    again = day.scene.scm.solve(day.noise)
    assert all(np.array_equal(again[name], values) for name, values in day.values.items())


@pytest.mark.parametrize(
    ("interventions", "faults"),
    [
        ("hard:among=[place, length]", {"shape": "never intervened on", "tilt": "never intervened on"}),
        ("hard:length=0.3", {"place": "never", "shape": "never", "tilt": "never", "length": "reach 0.0% of its range"}),
        (
            "hard:place=normal(0.3, 0.001)",
            {"shape": "never", "tilt": "never", "length": "never", "place": "of its range"},
        ),
        ("hard:shape=1", {"place": "never", "tilt": "never", "length": "never", "shape": "reach 50.0% of its levels"}),
        ("hard:sizes=[2]", {}),
        ("hard:among=[place, shape]; hard:among=[tilt, length]", {}),
    ],
)
def test_interventions_must_reach_every_factor_over_its_range(interventions: str, faults: dict[str, str]) -> None:
    done = audit(dataset(interventions=interventions), N)
    found = {finding.subject: finding.sentence for finding in done.findings if finding.severity == "fault"}
    assert set(found) == set(faults) and {f.check for f in done.findings if f.severity == "fault"} <= {"support"}
    assert all(words in found[subject] for subject, words in faults.items())


def test_what_one_split_holds_out_and_another_has_is_a_note() -> None:
    splits = [{"name": "train", "share": 0.5, "hold_out": "place > 0.6"}, {"name": "test", "share": 0.5}]
    done = audit(dataset(splits=splits), 3_000)
    assert told(done) == []
    assert the(done, "support", "note").splits == ("train",)


def test_no_interventions_are_a_note() -> None:
    done = audit(dataset(interventions="none"), N)
    assert told(done) == [] and the(done, "support", "note").sentence == "none are recorded"


FEW = """
name: few
equations: {shape: "category(1, 1)", colour: "category(1, 1)", lit: bernoulli(0.5)}
factors: {shape: {levels: [ball, box]}, colour: {levels: [red, blue]}}
draw:
  - {mark: fill, rgb: [1, 1, 1 - lit]}
  - {mark: disc, x: 0.5, y: 0.5, radius: 0.3, rgb: [1 - colour, 0, colour], when: shape == ball}
  - {mark: rect, x: 0.5, y: 0.5, width: 0.5, height: 0.5, rgb: [1 - colour, 0, colour], when: shape == box}
"""


def test_equal_images_are_a_fault_between_splits_only() -> None:
    scene = SceneDocument.model_validate(yaml.safe_load(FEW))
    given = {"name": "few", "scene": scene, "n": 100, "size": 32, "interventions": "hard"}
    assert told(audit(compile_spec(Spec(**given)), 400)) == [("duplicates", "images")]
    done = audit(compile_spec(Spec(**given, splits=[{"name": "train", "share": 1}])), 400)
    assert (
        told(done) == [] and the(done, "duplicates", "note").sentence == "400 of 400 equal another one of their split"
    )


# Waivers and the command line


def test_a_waiver_covers_its_own_condition_only() -> None:
    rounded, blind = equation("place", "round(uniform(25, 75)) / 100"), channel("bar", width=0.3)
    waives = {"one-to-one": "on a grid, as published"}
    done = audit(dataset(rounded, blind, waives=waives), N)
    assert told(done) == [("unreadable", "length")] and told(done, "waived") == [("clamped", "place")]
    assert the(done, "clamped", "waived").reason == waives["one-to-one"]
    assert audit(dataset(rounded, waives=waives), N).ok


def test_merge_keeps_the_first_and_says_where() -> None:
    one, other = note("balance", "shape", 0.01, "rare"), note("balance", "shape", 0.02, "less rare")
    joined = merge([(("train",), [one]), (("test",), [other])], ["train", "test"])
    assert joined == [one]
    (part,) = merge([(("train",), []), (("test",), [other])], ["train", "test"])
    assert part.splits == ("test",)
    assert (verdict([], 0), verdict([], 3), verdict([one], 3)) == ("-", "ok", "note")


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *line: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["scmgen", "audit", *line])
    with pytest.raises(SystemExit) as stop:
        main()
    assert isinstance(stop.value.code, int)
    return stop.value.code, *capsys.readouterr()


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    Path("sound.yaml").write_text(SOUND)
    Path("blind.yaml").write_text(SOUND.replace("width: length", "width: 0.3"))
    return lambda *line: run(monkeypatch, capsys, *line)


def test_the_exit_status_tells_faults_from_misuse(shell: Run) -> None:
    status, out, err = shell("sound.yaml", "--n", "500", "--size", "32", "--interventions")
    assert (status, err) == (0, "")
    assert out.startswith("sound: seed 0, 32 px, samples: train 500, validation 500, test 500\n")
    assert re.search(r"^  ok      clamped +3  noise and value go one to one", out, re.MULTILINE)
    status, out, _ = shell("blind.yaml", "--n", "500", "--size", "32")
    assert status == 1
    assert "  FAULT   unreadable " in out and "fault: length: a far move changes no pixel" in out
    assert out.splitlines()[-1].startswith("sound: 1 FAULT, ")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nosuch", "no scene or data set 'nosuch'; allowed: "),
        (".", ".: not a data set: it has no manifest.json"),
        ("sound.yaml -o report.pdf", "report.pdf: a report is .html or .md, by its suffix; found '.pdf'"),
        ("sound.yaml -o nosuch/report.md", "nosuch/report.md: no such folder: nosuch"),
        ("sound.yaml --size 8", "size: at least 16 is needed, found 8"),
        ("sound.yaml --set x=1", "--set x=1: sound has no parameter 'x'; allowed: nothing"),
    ],
)
def test_misuse_is_told_before_any_work(shell: Run, line: str, message: str) -> None:
    status, out, err = shell(*line.split())
    assert (status, out) == (2, "") and err.startswith(f"scmgen: {message}")


def test_json_holds_the_findings_and_nothing_else(shell: Run) -> None:
    status, out, _ = shell("blind.yaml", "--n", "500", "--size", "32", "--json")
    data = json.loads(out)
    assert status == 1 and data["ok"] is False and data["name"] == "sound"
    (fault,) = [found for found in data["findings"] if found["severity"] == "fault"]
    assert (fault["check"], fault["subject"], fault["figure"], fault["condition"]) == (
        "unreadable",
        "length",
        1.0,
        "readable",
    )
    assert np.array(data["correlation"][0]["matrix"]).shape == (4, 4)


def test_a_built_directory_is_audited_by_its_spec(shell: Run, small: Path) -> None:
    status, out, _ = shell(str(small), "--n", "600", "--json")
    built = json.loads(out)
    same = audit(catalogue.find("pendulum"), 600).data()
    assert status == 0 and built["correlation"] == same["correlation"] and built["findings"] == same["findings"]
    assert shell(str(small), "--seed", "1") == (
        2,
        "",
        f"scmgen: --seed: {small} is built, and its spec says what it is; audit pendulum to try others\n",
    )


def test_a_directory_that_was_built_with_a_plug_in_needs_it(shell: Run) -> None:
    Path("more.py").write_text("from scmgen import function\n\n\n@function()\ndef audited(x):\n    return x\n")
    text = SOUND.replace("0.1 + 0.4 * place", "0.1 + 0.4 * audited(place)")
    Path("more.yaml").write_text(text)
    from scmgen.scene import plugins
    from scmgen.scm import vocabulary

    sums = plugins.load([Path("more.py")])
    build(catalogue.spec(catalogue.find("more.yaml"), n=20, size=32, plugins=sums), Path("data"), workers=1)
    status, _, err = shell("data", "--n", "500")
    assert status == 2 and "was built with the plug-in more.py" in err
    assert shell("data", "--n", "500", "--plugin", "more.py")[0] == 0
    del vocabulary.FUNCTIONS["audited"]


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
    assert "| <b> \\| c |" in to_markdown("t", blocks, "files")


def test_validation_notes_what_can_be_told_without_drawing(
    shell: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("worse.yaml").write_text(
        SOUND.replace("width: length", "width: 0.3").replace("range: [0.1, 0.6]", "range: [0.1, 0.3]")
    )
    for name, notes in (("sound", []), ("worse", ["lie outside 0.1 to 0.3", "nothing that is drawn depends on it"])):
        monkeypatch.setattr(sys, "argv", ["scmgen", "validate", f"{name}.yaml"])
        with pytest.raises(SystemExit) as stop:
            main()
        first, *lines = capsys.readouterr().out.splitlines()
        assert stop.value.code == 0 and first.startswith(f"{name}.yaml: a valid scene")
        assert len(lines) == len(notes)
        assert all(line.startswith("  note: length: ") and n in line for line, n in zip(lines, notes, strict=True))


# What the checks are made of

REAL, ROUND, TWO, FOUR = (
    Factor(range=(0.0, 1.0)),
    Factor(range=(0.0, 2.0), circular=True),
    Factor(levels=("a", "b")),
    Factor(levels=("p", "q", "r", "s")),
)


def uniforms(name: str, n: int = 4_000) -> np.ndarray[Any, np.dtype[np.float64]]:
    return streams.uniforms(0, "test", name, 0, n)


def test_association_is_the_measure_of_the_field_for_each_pair_of_types() -> None:
    from scipy.stats import contingency

    x = uniforms("x")
    y, angle = 0.5 * x + 0.3 * uniforms("y"), np.mod(2 * x + 0.5 * uniforms("angle"), 2.0)
    four = np.floor(4 * np.mod(x + 0.3 * uniforms("four"), 1.0))
    two = (four + uniforms("two") > 2.5).astype(float)
    factors = {"x": REAL, "y": REAL, "angle": ROUND, "two": TWO, "four": FOUR}
    values = {"x": x, "y": -y, "angle": angle, "two": two, "four": four}
    found = dict(zip(factors, association(factors, values), strict=True))
    at = {name: k for k, name in enumerate(factors)}
    assert found["x"][at["y"]] == pytest.approx(np.corrcoef(x, -y)[0, 1], abs=1e-12)
    table = np.array([[((two == a) & (four == b)).sum() for b in range(4)] for a in range(2)])
    assert found["two"][at["four"]] == pytest.approx(contingency.association(table, "cramer"), abs=1e-12)
    means = np.array([x[four == k].mean() for k in range(4)])[four.astype(int)]
    assert found["x"][at["four"]] == pytest.approx(np.sqrt(means.var() / x.var()), abs=1e-12)
    design = np.stack([np.ones_like(x), np.sin(np.pi * angle), np.cos(np.pi * angle)], axis=1)
    fitted = design @ np.linalg.lstsq(design, x, rcond=None)[0]
    assert found["x"][at["angle"]] == pytest.approx(np.sqrt(fitted.var() / x.var()), abs=1e-12)
    matrix = association(factors, values)
    assert np.array_equal(matrix, matrix.T) and (np.diag(matrix) == 1).all()


def test_association_of_two_categories_with_two_levels_has_a_sign() -> None:
    one = (uniforms("one") < 0.5).astype(float)
    assert association({"a": TWO, "b": TWO}, {"a": one, "b": 1 - one})[0, 1] == pytest.approx(-1)
    assert association({"a": TWO, "x": REAL}, {"a": one, "x": -one})[0, 1] == pytest.approx(1)  # a ratio has none


def test_association_with_what_never_varies_is_nothing_however_large_it_is() -> None:
    x = uniforms("x")
    values = {"x": x, "c": np.full_like(x, 1e308), "d": np.full_like(x, 0.0), "e": 1e300 * x}
    found = association(dict.fromkeys(values, REAL), values)
    assert found[0].tolist() == [1.0, 0.0, 0.0, pytest.approx(1.0)]


def test_independence_is_rejected_at_its_rate_and_dependence_is_found() -> None:
    real, two = REAL.domain, TWO.domain
    rejected = sum(independence(real, uniforms(f"a{k}", 500), real, uniforms(f"b{k}", 500)) < 0.05 for k in range(200))
    assert rejected <= 22  # P(more) < 1e-4 at 5 %
    x = uniforms("x")
    assert independence(real, x, real, (x - 0.5) ** 2) < 1e-6
    assert independence(two, (x < 0.5).astype(float), real, np.ones_like(x)) == 1.0


def scene(equations: dict[str, str], *names: str) -> Scene:
    mark = {"mark": "disc", "x": 0.5, "y": 0.5, "radius": 0.2, "rgb": [0, 0, 0]}
    factors = {name: {"range": [-9, 9]} for name in names}
    return compile_scene(SceneDocument(name="s", equations=equations, factors=factors, draw=[mark]))  # type: ignore[arg-type]


def population(of: Scene, n: int = 50) -> Population:
    noise = of.noise(n)
    return Population(("train",), np.zeros(n, np.int64), of, noise, of.scm.solve(noise))


def test_a_response_holds_every_other_factor() -> None:
    of = scene(
        {
            "a": "uniform(0, 1)",
            "helper": "2 * a",
            "b": "helper + uniform(0, 1)",
            "c": "helper + 10 * b + uniform(0, 1)",
        },
        "a",
        "b",
        "c",
    )
    some = population(of)
    found = respond(some, ["b", "c"], do={"a": some.values["a"] + 1})
    assert found["b"] == pytest.approx(some.values["b"] + 2)
    assert found["c"] == pytest.approx(some.values["c"] + 2)  # b is held, although it would move
    assert respond(some, ["c"], noise={"c": some.noise["c"] / 2})["c"] == pytest.approx(
        some.values["c"] - some.noise["c"] / 2
    )
    assert np.array_equal(respond(some, ["a"], do={"b": some.values["b"]})["a"], some.values["a"])


def test_a_noise_is_private_if_it_reaches_one_factor_only() -> None:
    of = scene(
        {
            "shared": "uniform(0, 1)",
            "own": "uniform(0, 1)",
            "late": "uniform(0, 1)",
            "a": "shared + own",
            "b": "shared + a + uniform(0, 1)",
            "c": "uniform(0, 1)",
            "d": "late",
        },
        "a",
        "b",
        "c",
        "d",
    )
    assert [private(of, name) for name in "abcd"] == [("own",), ("b",), ("c",), ("late",)]
    assert [caused(of, name) for name in "abcd"] == [True, True, False, False]


def test_what_cannot_be_told_apart_in_some_splits_only_is_a_note() -> None:
    loose = {"name": "test", "share": 0.5, "replace": {"second": "place + uniform(-0.1, 0.1)"}}
    splits = [{"name": "train", "share": 0.5}, loose]
    done = audit(dataset(second, factor("second", range=[0, 1]), second_drawn, splits=splits), N)
    assert told(done) == [] and the(done, "correlation", "note").splits == ("train",)


def test_a_few_equal_values_are_chance_and_more_are_a_clamp() -> None:
    of = scene({"x": "uniform(0, 1)"}, "x")
    some = population(of, 1_000)
    for ties, checks in ((4, []), (20, ["clamped"])):
        values = np.concatenate([np.full(ties, 0.5), some.values["x"][ties:]])
        found = check(replace(some, values={"x": values}), 0)
        assert [finding.check for finding in found] == checks
