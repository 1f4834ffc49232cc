"""A kind of intervention that nothing in scmgen names, from the command line to the report, and what can go wrong."""

from __future__ import annotations

import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
from chainlet import TEXT, dataset, sample, scene, targeted
from checkout import ROOT
from shell import scmgen as shell

import scmgen
from scmgen.dataset.interventions import kinds
from scmgen.dataset.interventions.before import Before
from scmgen.dataset.interventions.kinds import KINDS, Action
from scmgen.dataset.interventions.steps import parse, spell
from scmgen.dataset.sampling import compile_spec
from scmgen.dataset.spec import Spec
from scmgen.errors import ScmgenError
from scmgen.publish import sheet
from scmgen.scene import plugins

PAGE = (ROOT / "docs" / "reference" / "interventions.md").read_text(encoding="utf-8")
PLUGIN = "from __future__ import annotations\n" + re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
NAME = "stuck_at_middle"
CAPTION = r"stuck_at_middle\(a = 0\.50*\)"
TEXTS = ("stuck_at_middle:among=[a,b]", "hard:among=a | stuck_at_middle:share=0.9,among=c")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the plug-in, the scene, and two data sets that were built by two processes each."""
    home = tmp_path_factory.mktemp("stuck")
    (home / "stuck.py").write_text(PLUGIN)
    (home / "chainlet.yaml").write_text(TEXT)
    for name, text in zip(("plain", "mixed"), TEXTS, strict=True):
        built = build(home, name, text, "--plugin", "stuck.py")
        assert (built.returncode, built.stderr) == (0, "")
    return home


def build(home: Path, name: str, text: str, *more: str) -> Any:
    sizes = ("--n", "120", "--shard-size", "40", "--size", "16", "-j", "2", "-o", name)
    return shell("build", "chainlet.yaml", "--interventions", text, *sizes, *more, home=home)


def manifest(home: Path, name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((home / name / "manifest.json").read_text())
    return data


def labels(home: Path, name: str) -> list[dict[str, Any]]:
    rows = []
    for path in sorted((home / name).glob("*.tar")):
        with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as archive:
            members = [member for member in archive if member.name.endswith(".label.json")]
            rows += [json.loads(archive.extractfile(member).read()) for member in members]  # type: ignore[union-attr]
    return rows


@pytest.mark.parametrize("name", ["plain", "mixed"])
def test_a_data_set_of_a_plugins_kind_verifies_with_the_plugin(made: Path, name: str) -> None:
    verified = shell("verify", name, "--all", "-j", "2", "--plugin", "stuck.py", home=made)
    assert (verified.returncode, verified.stderr) == (0, "") and verified.stdout.endswith(f"{name}: verified\n")


def test_labels_hold_the_whole_name_and_what_was_done(made: Path) -> None:
    rows = labels(made, "plain")
    assert len(rows) == 120 and {row["do_kind"] for row in rows} == {NAME, "none"}
    middles = {"a": 0.5, "b": 0.55}
    done = [(name, row) for row in rows for name, hit in zip(row["factors"], row["do_mask"], strict=True) if hit]
    stuck = [row["factors_cf"][name] == middles[name] for name, row in done]
    kept = [row["factors_cf"][name] == row["factors"][name] for name, row in done]
    assert len(done) == 80 and all(a or b for a, b in zip(stuck, kept, strict=True))
    assert 20 < sum(stuck) < 60


def test_a_mix_keeps_long_names_beside_short_ones(made: Path) -> None:
    assert {row["do_kind"] for row in labels(made, "mixed")} == {"hard", NAME, "none"}
    assert manifest(made, "mixed")["kinds"][0].keys() == {"hard", NAME, "none"}


def test_the_manifest_tells_the_graph_that_the_kind_leaves(made: Path) -> None:
    entries = manifest(made, "plain")["graph"]["mutilated"]
    assert [(entry["kind"], entry["targets"]) for entry in entries] == [(NAME, ["a"]), (NAME, ["b"])]
    assert entries[0]["directed"] == [["a", "b"], ["b", "c"], ["shape", "c"]]  # nothing points into a
    assert entries[1]["directed"] == [["b", "c"], ["shape", "c"]]


def test_the_card_and_the_spec_spell_the_step(made: Path) -> None:
    assert f"`--interventions '{TEXTS[0]}'`" in (made / "plain" / "README.md").read_text()
    step = manifest(made, "plain")["spec"]["interventions"][0]
    assert step == {"kind": NAME, "base": "previous", "among": ["a", "b"], "share": 0.5}


def test_the_report_captions_a_do_by_its_kind(made: Path) -> None:
    done = shell("report", "plain", "-o", "with.html", "--plugin", "stuck.py", home=made)
    assert (done.returncode, done.stderr) == (0, "")
    page = (made / "with.html").read_text()
    assert re.search(CAPTION, page) and "Causal graph under stuck_at_middle(b)" in page


def test_without_the_plugin_the_report_is_written_and_verify_asks_for_it(made: Path) -> None:
    lacks = "plain: was built with the plug-in stuck.py; give the same file with --plugin"
    unaided = shell("verify", "plain", home=made)
    assert (unaided.returncode, unaided.stderr) == (2, f"scmgen: {lacks}\n")
    done = shell("report", "plain", "-o", "without.html", home=made)
    assert (done.returncode, done.stderr) == (0, "")
    page = (made / "without.html").read_text()
    assert f"Not audited: {lacks}." in page and re.search(CAPTION, page)


def test_without_the_plugin_there_is_no_such_kind(made: Path) -> None:
    done = build(made, "other", "stuck_at_middle")
    assert done.returncode == 2 and "no kind of intervention 'stuck_at_middle'; allowed: direct, hard," in done.stderr
    taken = build(made, "plain", "hard")
    needed = "what it holds was built with the plug-in stuck.py; give the same file with --plugin"
    assert taken.returncode == 2 and taken.stderr.startswith(f"scmgen: plain: {needed}; choose another --out")


def test_a_build_in_parts_and_a_larger_one_know_the_kind(made: Path) -> None:
    for part in ("0/2", "1/2"):
        assert build(made, "parts", TEXTS[0], "--plugin", "stuck.py", "--shards", part).returncode == 0
    assert shell("finalize", "parts", "--plugin", "stuck.py", home=made).returncode == 0
    assert (made / "parts" / "manifest.json").read_bytes() == (made / "plain" / "manifest.json").read_bytes()
    larger = ("--n", "160", "--shard-size", "40", "--size", "16", "-o", "parts", "--plugin", "stuck.py")
    done = shell("build", "chainlet.yaml", "--interventions", TEXTS[0], *larger, home=made)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_file_is_enough_in_python_too(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(plugins, "_loaded", {})
        plugins.load([made / "stuck.py"])
    patched(monkeypatch, NAME)
    steps = parse(TEXTS[1])
    assert parse(spell([step.model_dump(mode="json", exclude_none=True) for step in steps])) == steps
    whole = compile_spec(Spec.model_validate(manifest(made, "mixed")["spec"]))
    batch = whole.evaluate("train", 0, 40)
    row = batch.twins[0].table.kinds.tolist().index(NAME)
    worlds = [np.zeros((40, 2, 2, 3), np.uint8), np.ones((40, 2, 2, 3), np.uint8)]
    assert sheet._caption(whole, batch, worlds, row).startswith("stuck_at_middle(c = ")


# What can go wrong with a kind


def patched(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Have a kind that was registered forgotten after the test."""
    kind = KINDS.pop(name)
    monkeypatch.setitem(KINDS, name, kind)


class Acting(scmgen.Step):
    """A kind that does what a test says."""

    act: ClassVar[Action]
    kind: Literal["acting"] = "acting"

    def action(self, scene: Any, where: str) -> Action:
        return type(self).act


def raising(name: str, before: Before) -> Any:
    raise KeyError("oops")


def writing(name: str, before: Before) -> Any:
    before.values[name][:] = 0
    return 0.0, 0.5


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        (raising, "a: KeyError: 'oops'"),
        (writing, "a: ValueError: assignment destination is read-only"),
        (lambda name, before: 0.5, "a: TypeError: 'float' object is not iterable"),
        (lambda name, before: (0.0, np.zeros(3)), "a: ValueError: operands could not be broadcast together"),
        (lambda name, before: (0.0, np.nan), "a: its scale or shift is not finite in some samples"),
        (lambda name, before: (0.0, 7.0), "sets a to 7 in sample 0, outside its range 0 to 1; allow it with"),
    ],
)
def test_an_action_that_misbehaves_is_one_message(act: Action, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scmgen.intervention(Acting)
    patched(monkeypatch, "acting")
    monkeypatch.setattr(Acting, "act", staticmethod(act), raising=False)
    with pytest.raises(ScmgenError) as caught:
        sample("acting:among=a,sizes=1", 20)
    assert str(caught.value).startswith(f"t: interventions: step 1: {problem}")


def test_a_kind_that_cuts_nothing_leaves_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nudged(Acting):
        severs: ClassVar[bool] = False
        verb: ClassVar[str] = "nudge"
        act: ClassVar[Action] = staticmethod(lambda name, before: (1.0, 0.01))
        kind: Literal["nudged"] = "nudged"  # type: ignore[assignment]

    scmgen.intervention(Nudged)
    patched(monkeypatch, "nudged")
    whole = dataset("nudged:among=b", allow_ood=True)
    assert scmgen.Step.graph(parse("nudged")[0], scene(), ["b"]) is None
    batch = whole.evaluate("train", 0, 100)
    hit = targeted(batch, "b")
    assert np.array_equal(batch.twins[0].values["b"][hit], batch.values["b"][hit] + 0.01)
    assert kinds.spelled("nudged", "b") == "nudge(b)"


def derived(**fields: Any) -> type[scmgen.Step]:
    annotations = {name: type(value) for name, value in fields.items() if name == "kind"}
    return type("Odd", (scmgen.Step,), {"__annotations__": annotations, "__module__": __name__, **fields})


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (lambda: int, "plug-in intervention int: a kind is a class that is derived from scmgen.Step"),
        (lambda: derived(action=Acting.action), "its field 'kind' gives its name; write kind: Literal["),
        (lambda: derived(kind="a:b", action=Acting.action), "its field 'kind' gives its name; write kind: Literal["),
        (lambda: derived(kind="hard", action=Acting.action), "there is a kind of intervention 'hard' already"),
        (lambda: derived(kind="none", action=Acting.action), "there is a kind of intervention 'none' already"),
        (lambda: derived(kind="idle"), "its method 'action' says what is done to a target; there is none"),
    ],
)
def test_what_is_no_kind_is_not_registered(made: Any, problem: str) -> None:
    before = dict(KINDS)
    with pytest.raises(ScmgenError) as caught:
        scmgen.intervention(made())
    assert problem in str(caught.value) and str(caught.value).startswith("plug-in intervention ")
    assert before == KINDS
