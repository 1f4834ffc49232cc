"""What a scene shows without drawing: said when it is validated."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import sound_scene
from sound_scene import SOUND, Run

from scmgen.cli.main import main

shell = sound_scene.shell


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
