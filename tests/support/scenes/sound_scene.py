"""A scene without a fault, and changes that give it one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from scmgen.checks.audit import Audit
from scmgen.checks.audit.findings import Finding
from scmgen.cli.main import main
from scmgen.dataset.sampling import Dataset, compile_spec
from scmgen.dataset.spec import Spec
from scmgen.scene.scene import SceneDocument

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


def subjects(done: Audit, severity: str = "fault") -> list[tuple[str, str]]:
    """Give check and subject of every finding of a severity."""
    return [(finding.check, finding.subject) for finding in done.findings if finding.severity == severity]


def the(done: Audit, check: str, severity: str = "fault") -> Finding:
    """Give the one finding of a check."""
    (finding,) = [finding for finding in done.findings if (finding.check, finding.severity) == (check, severity)]
    return finding


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
