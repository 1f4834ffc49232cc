"""How large a scene may be, and what the largest ones take of memory: measured in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scmgen.errors import ScmgenError
from scmgen.scene import document
from scmgen.scene.scene import read_scene

HEAD = "name: large\nequations:\n  a: uniform(0, 1)\n"
FACTORS = "factors:\n  a: {range: [0, 1]}\n"
FILL = "- {mark: fill, rgb: [a, 0, 0]}\n"
MEASURED = (
    "import atexit, re, sys\n"
    "peak = lambda: re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())[1]\n"
    "atexit.register(lambda: print(peak(), file=sys.stderr))\n"
    "from scmgen.cli.main import main; main()"
)


def variables(count: int, text: str = "a") -> str:
    return HEAD + "".join(f"  v{k}: {text}\n" for k in range(count - 1)) + FACTORS + "draw:\n" + FILL


def factors(count: int) -> str:
    equations = "".join(f"  f{k}: a + uniform(0, 1)\n" for k in range(count))
    return (
        HEAD
        + equations
        + "factors:\n"
        + "".join(f"  f{k}: {{range: [0, 2]}}\n" for k in range(count))
        + "draw:\n"
        + FILL
    )


def levels(count: int) -> str:
    names = ", ".join(f"l{k}" for k in range(count))
    return f"{HEAD}  b: floor({count} * a)\n{FACTORS}  b: {{levels: [{names}]}}\ndraw:\n{FILL}"


def fills(count: int) -> str:
    return f"{HEAD}{FACTORS}draw:\n{FILL * count}"


def polygons(count: int) -> str:
    """64-gons, each corner of which follows the factor, written as one repeat block."""
    rows = ", ".join(map(str, range(count)))
    mark = "{mark: polygon, x: 0.5, y: 0.5 + 0.1 * a, radius: '0.001 * {k}', sides: 64, rgb: [a, 0, 0]}"
    return f"{HEAD}{FACTORS}draw: []\nrepeat:\n- for: {{k: [{rows}]}}\n  draw:\n  - {mark}\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (variables(2_001), "large.yaml:2: equations: 2,001 variables; the most is 2,000"),
        (factors(101), "large.yaml:105: factors: 101 factors; the most is 100"),
        (levels(1_001), "large.yaml:5: factors: 1,001 levels of all factors; the most is 1,000"),
    ],
)
def test_a_scene_that_is_too_large_is_refused_before_it_is_compiled(text: str, problem: str) -> None:
    with pytest.raises(ScmgenError) as caught:
        read_scene(document.parse(text, "large.yaml"))
    assert str(caught.value) == problem


def test_more_marks_than_a_document_can_hold_are_refused_wherever_they_come_from() -> None:
    from scmgen.scene.scene import SceneDocument, compile_scene

    scene = read_scene(document.parse(fills(1), "large.yaml")).document
    many: SceneDocument = scene.model_copy(update={"draw": scene.draw * 10_001})
    with pytest.raises(ScmgenError) as caught:
        compile_scene(many)
    assert str(caught.value) == "large: draw: 10,001 marks; the most is 10,000"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="nothing tells the peak of a process")
@pytest.mark.parametrize(
    "text",
    [polygons(150), fills(1_500), variables(2_000, "normal(0, 1)"), factors(60), levels(300)],
    ids=["polygons", "fills", "variables", "factors", "levels"],
)
def test_validation_stays_below_its_limit_whatever_a_scene_is_full_of(text: str, tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    file.write_text(text)
    line = [sys.executable, "-c", MEASURED, "validate", str(file)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0 and "a valid scene" in done.stdout, done.stderr
    assert int(done.stderr.split()[-1]) < 400_000  # kilobytes; 150 polygons took 1.6 GB when held at once
