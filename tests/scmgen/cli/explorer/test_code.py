"""The code on the page: Python and command lines that draw the very images."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import meshed
import numpy as np
import pytest
from digits import idx_files
from explored import ASKED, SCENE, images, pixels
from PIL import Image

from scmgen.cli import datasets, options, scenes
from scmgen.cli.explorer import subject
from scmgen.cli.explorer.answers import Explorer
from scmgen.dataset import catalogue
from scmgen.dataset.sampling import compile_spec
from scmgen.pictures.brought import Given
from scmgen.scm import vocabulary

PLUGIN = "from scmgen import function\n\n\n@function()\ndef twice_it(x):\n    return 2 * x\n"


def ask(found: subject.Subject, **part: Any) -> dict[str, Any]:
    do = part.pop("do", ASKED["do"])
    return Explorer(lambda: found).answer({**ASKED, **part, "do": do if isinstance(do, list) else [do]})


def run_copied(code: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a working directory with a scene, one that needs a plug-in, and a recipe."""
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/swing.yaml").write_text(SCENE, encoding="utf-8")
    text = SCENE.replace("0.1 * angle ** 2", "0.05 * twice_it(angle ** 2)")
    (tmp_path / "swing.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text("scene: plain/swing.yaml\nparameters: {wobble: 0.02}\n", encoding="utf-8")
    (tmp_path / "twice.py").write_text(PLUGIN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    vocabulary.FUNCTIONS.pop("twice_it", None)


@pytest.mark.parametrize(
    ("named", "more", "do"),
    [
        ("pendulum", {}, {"light_angle": 1.4321}),
        ("spurious-pairs-95", {"settings": ["agreement=0.9"]}, {"object": 1, "hue": -0.1}),
        ("shapes-random-4", {}, {}),
        ("swing.yaml", {"plugin_files": (Path("twice.py"),)}, {"sort": 1, "heading": 0.5, "length": 0.3}),
        ("recipe.yaml", {}, {"angle": 0.1}),
    ],
)
def test_the_copied_python_draws_the_very_images(
    named: str, more: dict[str, Any], do: dict[str, float], folder: Path
) -> None:
    scene = subject.find(named, **more)
    for noise, second in ((5, "counterfactual.png"), (8, "intervention.png")):
        found = ask(scene, do=do, noise=noise)
        run_copied(found["python"], folder)
        for name, file in (("factual", "factual.png"), ("twin", second)):
            np.testing.assert_array_equal(np.asarray(Image.open(file)), pixels(images(found)[name]))


def test_the_python_of_a_chain_with_its_own_noise_draws_the_world_after_each_step(folder: Path) -> None:
    do = [{"angle": 0.3, "sort": 1}, {"length": {"scale": 0.5, "shift": 0.05}}]
    found = ask(subject.find("plain/swing.yaml"), do=do, u={"heading": 0.25}, noise=8, parameters={"wobble": 0.02})
    run_copied(found["python"], folder)
    files = ("factual.png", "intervention-1.png", "intervention-2.png")
    for file, world in zip(files, found["samples"][0]["worlds"], strict=True):
        np.testing.assert_array_equal(np.asarray(Image.open(file)), pixels(world["image"]))
    assert found["command"] == "# no command line sets the noise of a variable; use Python\n"


def test_the_command_line_of_a_chain_with_a_soft_step_draws_its_worlds() -> None:
    found = ask(subject.find("pendulum"), do=[{"light_angle": 1.4}, {"shadow_length": {"scale": 0.5, "shift": 0.1}}])
    dataset, _ = worlds_of(found["command"])
    drawn = dataset.evaluate(next(iter(dataset.regimes)), 5, 6)
    for twin, world in zip(drawn.twins, found["samples"][0]["worlds"][1:], strict=True):
        np.testing.assert_array_equal(dataset.draw(drawn.split, drawn.domain, twin.values)[0], pixels(world["image"]))


def test_the_python_reads_as_a_person_would_write_it() -> None:
    found = ask(subject.find("shapes-random-4"), do={"shape_left": 2, "hue_right": 0.25})
    assert found["python"] == (
        "from PIL import Image\n"
        "\n"
        "from scmgen.dataset import catalogue\n"
        "\n"
        'scene = catalogue.find("shapes", "er:1.5,factors=4", 1).scene\n'
        "factual = scene.sample(1, seed=3, start=5)\n"
        "do = {\n"
        '    "shape_left": 2,  # triangle\n'
        '    "hue_right": 0.25,\n'
        "}\n"
        "twin = scene.counterfactual(factual, do=do)\n"
        "\n"
        'images = {"factual.png": factual, "counterfactual.png": twin}\n'
        "for file, world in images.items():\n"
        "    Image.fromarray(scene.render(world, size=32)[0]).save(file)\n"
    )


def worlds_of(command: str) -> tuple[Any, list[str]]:
    """What a copied command line would draw, and its words."""
    program, name, *words = shlex.split(command, comments=True)
    assert program == "scmgen"
    room = {"show": scenes.show, "build": datasets.build}[name]
    given = room.make_context(name, list(words)).params
    kept = ("seed", "size", "interventions", "sample_scm", "scm_seed")
    source, spec = options.request(
        given["scene"], given["settings"], given["plugin_files"], **{key: given[key] for key in kept}
    )
    return compile_spec(spec, source.scene), words


STILL = [name for name in catalogue.scenes() if catalogue.load_scene(name).frames is None]


@pytest.mark.parametrize("name", [*catalogue.entries(), *STILL])
def test_the_command_line_of_every_data_set_draws_the_very_images(name: str) -> None:
    found = subject.find(name)
    chosen = list(found.scene.factors)[:2]
    do = {factor: found.scene.factors[factor].bounds[1] for factor in chosen}
    for noise in (5, 8):
        answer = ask(found, do=do, noise=noise)
        dataset, _ = worlds_of(answer["command"])
        split = next(iter(dataset.regimes))
        left, right = (dataset.evaluate(split, at, at + 1) for at in (5, noise))
        worlds = (left.domain, left.values), (right.domain, right.twins[-1].values)
        for drawn, shown in zip(worlds, images(answer).values(), strict=True):
            strip = pixels(shown)  # of a clip its frames, one under the other
            np.testing.assert_array_equal(dataset.draw(split, *drawn)[0].reshape(strip.shape), strip)


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ({}, "# the images of pair 6"),
        ({"noise": 399}, "# the first image of pair 6 and the second of pair 400"),
        ({"index": 400, "noise": 400}, "# the images of sample train-000000400"),
    ],
)
def test_the_command_line_says_where_its_images_are(part: dict[str, int], where: str) -> None:
    command = ask(subject.find("pendulum"), **part)["command"]
    assert command.splitlines()[1:] == [where]
    _, words = worlds_of(command)
    size = int(words[words.index("--pairs" if "--pairs" in words else "--n") + 1])
    last = 1 + max(part.get("index", 5), part.get("noise", 5))
    assert size == last if "--pairs" in words else 0.8 * size >= last


def test_the_copied_command_line_runs(tmp_path: Path) -> None:
    command = ask(subject.find("pendulum"), index=1, noise=1)["command"]
    words = shlex.split(command, comments=True)[1:]
    line = [sys.executable, "-c", "from scmgen.cli.main import main; main()", *words]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "pendulum.png: 2 pairs of pendulum\n", "")


def test_where_no_command_line_can_do_it_that_is_said(swing: Path) -> None:
    everything = {"angle": 0, "sort": 1, "length": 0.3, "heading": 0.5}
    assert ask(subject.find(str(swing)), do=everything)["command"].startswith("# a data set never sets every factor")
    swing.write_text(SCENE.replace("heading", "sizes"), encoding="utf-8")
    assert ask(subject.find(str(swing)), do={"sizes": 0.5})["command"].startswith("# sizes is also an option")


def test_pictures_that_were_given_are_given_again(tmp_path: Path) -> None:
    given = Given("digits", idx_files(tmp_path))
    answer = ask(subject.find("morpho-digits", plugin_files=(given,)), do={"thickness": 3.0})
    assert f"--pictures digits={tmp_path}" in answer["command"]
    assert "from scmgen.pictures.brought import Given" in answer["python"]
    assert f'plugins.load([Given("digits", Path("{tmp_path}"))])' in answer["python"]
    meshes = Given("things", meshed.folder(tmp_path / "things"), "meshes")
    answer = ask(subject.find("pendulum", plugin_files=(meshes,)), do={"light_angle": 1.5})
    assert f"--meshes things={meshes.place}" in answer["command"]
    assert f'plugins.load([Given("things", Path("{meshes.place}"), "meshes")])' in answer["python"]
