"""The command `audit`: its exit status, its report in four forms, and what it is told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import sound_scene
from sound_scene import SOUND, Run

from scmgen.build.generated import build
from scmgen.checks.audit import audit
from scmgen.dataset import catalogue

shell = sound_scene.shell


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
        ("sound.yaml --size 8", "size: 16 to 1024 pixels a side are possible, found 8"),
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
