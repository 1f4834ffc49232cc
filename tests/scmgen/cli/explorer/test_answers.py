"""The explorer's answers: what the library computes and draws, and what of it moved."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
from explored import ASKED, SCENE, pixels

import scmgen
from scmgen.cli.explorer import answers, subject
from scmgen.cli.explorer.answers import Explorer
from scmgen.errors import ScmgenError
from scmgen.render.drawing import Drawing


@pytest.mark.parametrize("do", [{}, {"light_angle": 1.5}, {"light_angle": 1.2, "shadow_length": 3.0}])
@pytest.mark.parametrize("noise", [5, 6])
def test_an_answer_is_what_the_library_computes_and_draws(do: dict[str, float], noise: int) -> None:
    scene = scmgen.load_scene("pendulum")
    factual = scene.sample(1, seed=3, start=5)
    twin = scene.counterfactual(factual, do) if noise == 5 else scene.sample(1, seed=3, start=noise, do=do)
    found = Explorer(lambda: subject.find("pendulum")).answer({**ASKED, "noise": noise, "do": [do]})
    assert [sample["index"] for sample in found["samples"]] == [5]
    for told, world in zip(found["samples"][0]["worlds"], (factual, twin), strict=True):
        assert told["values"] == {variable: world[variable].item() for variable in scene.scm.variables}
        np.testing.assert_array_equal(pixels(told["image"]), scene.render(world, 32)[0])
    assert found["noise"] == {name: factual["noise"].sel(exogenous=name).item() for name in scene.scm.exogenous}
    assert found["milliseconds"] > 0


def test_a_second_sample_has_the_same_dos_and_its_own_noise() -> None:
    scene = scmgen.load_scene("pendulum")
    found = Explorer(lambda: subject.find("pendulum")).answer({**ASKED, "beside": 8, "noise": 6})
    assert [sample["index"] for sample in found["samples"]] == [5, 8]
    twin = scene.sample(1, seed=3, start=8, do={"light_angle": 1.5})
    told = found["samples"][1]["worlds"][1]["values"]
    assert told == {variable: twin[variable].item() for variable in scene.scm.variables}


def test_parameters_and_noise_are_those_that_are_asked_for(swing: Path) -> None:
    explorer = Explorer(lambda: subject.find(str(swing)))
    asked = {**ASKED, "do": [{}], "u": {"angle": 0.75, "length": 0.999}, "parameters": {"wobble": 0.05}}
    told = explorer.answer(asked)["samples"][0]["worlds"]
    assert told[0]["values"] == told[1]["values"]
    values = told[0]["values"]
    assert values["angle"] == pytest.approx(0.35)
    plain = 0.3 + 0.1 * values["angle"] ** 2 + 0.05 * values["sort"]
    assert values["length"] == pytest.approx(plain + 0.05 * 0.998)
    assert (
        explorer.answer({**asked, "parameters": {}})["samples"][0]["worlds"][0]["values"]["length"] < values["length"]
    )


def test_the_graph_is_drawn_once_and_names_its_edges() -> None:
    told = answers.describe(subject.find("flow"))["graph"]
    assert 'class="edge directed" data-from="ball_radius" data-to="water_height"' in told and " cut" not in told


def test_a_description_names_factors_causes_and_equations(swing: Path) -> None:
    told = answers.describe(subject.find(str(swing)))
    assert (told["name"], told["file"]) == ("swing", str(swing))
    assert told["parameters"] == [{"name": "wobble", "value": 0.01, "low": 0.0, "high": 0.02, "step": 0.0002}]
    assert told["noise"] == ["angle", "sort", "length", "heading"]
    assert told["command"] == f"scmgen explore {swing}"
    assert [(f["name"], f["low"], f["high"], f["causes"]) for f in told["factors"]] == [
        ("angle", -0.7, 0.7, []),
        ("sort", 0.0, 1.0, []),
        ("length", 0.2, 0.5, ["angle", "sort"]),
        ("heading", 0.0, 1.0, []),
    ]
    assert told["factors"][0] == {
        **{"name": "angle", "long_name": "the angle", "unit": "rad", "levels": [], "low": -0.7, "high": 0.7},
        **{"step": 0.01, "circular": False, "causes": []},
    }
    assert [f["step"] for f in told["factors"][2:]] == [0.002, 0.01]
    assert {"targets": ["sort"], "text": "category(1, 1)"} in told["equations"]


def test_a_hidden_common_cause_is_named_among_the_causes() -> None:
    factors = {f["name"]: f["causes"] for f in answers.describe(subject.find("spurious-pairs-95"))["factors"]}
    assert factors["object"] == ["a hidden cause shared with background"]
    assert factors["background"] == ["a hidden cause shared with object"]


def test_a_file_is_read_again_and_a_faulty_one_leaves_the_old_scene_in_force(swing: Path) -> None:
    explorer = Explorer(lambda: subject.find(str(swing)))
    swing.write_text(SCENE.replace("0.3 + 0.1 *", "0.3 + 0.1 x"), encoding="utf-8")
    with pytest.raises(ScmgenError, match=r"swing\.yaml:6: equations\.length"):
        explorer.reload()
    assert explorer.answer({**ASKED, "do": [{}]})["samples"]
    swing.write_text(SCENE.replace("name: swing", "name: swung"), encoding="utf-8")
    assert explorer.reload()["name"] == "swung"


def test_images_that_take_long_are_small_to_begin_with(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = Explorer(lambda: subject.find("pendulum"))
    assert explorer.describe()["size"] == 256
    monkeypatch.setattr(Drawing, "seconds", lambda self, frame: 1e-5 * frame.pixels)
    assert explorer.describe()["size"] == 128


def test_a_change_is_drawn_quickly() -> None:
    for name in ("pendulum", "shapes", "collision"):
        explorer = Explorer(functools.partial(subject.find, name))
        factor, domain = next((f, d) for f, d in explorer.subject.scene.factors.items() if not d.levels)
        taken = []
        for value in np.linspace(*domain.bounds, 20):
            asked = {**ASKED, "size": 256, "do": [{factor: float(value)}]}
            taken.append(explorer.answer(asked)["milliseconds"])
        assert np.median(taken) < 200
        print(f"{name}: {np.median(taken):.1f} ms")  # the figure of docs/how-to/explore.md on a quiet machine
