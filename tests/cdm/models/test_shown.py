"""What a model shows of itself: a line, a page, its answers as a picture."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import linear
import numpy as np
import torch

import cdm
from cdm import config
from cdm.data.pairs import Pairs
from cdm.errors import CdmError
from cdm.models import protocol, shown
from cdm.models.causal_diffusion import CausalDiffusionModel
from cdm.scm.codes import from_data


@pytest.fixture(scope="module")
def model(toy_pairs: Pairs) -> linear.Linear:
    return linear.fit(protocol.Job(toy_pairs), linear.Options())


def many(names: list[str]) -> CausalDiffusionModel:
    code = from_data([{"name": x, "kind": "continuous", "low": 0, "high": 1, "levels": [], "unit": "1"} for x in names])
    return CausalDiffusionModel(code, 16, config.make("tiny"), torch.ones(len(names), len(names)).triu(1))


def test_a_model_is_a_line_whatever_its_layers(model: linear.Linear) -> None:
    assert repr(model) == "<Model linear: 16 px; a, b, k; 0 weights>"
    told = re.fullmatch(r"<Model causal_diffusion: 16 px; a, b; [\d,]+ weights; a -> b>", repr(many(["a", "b"])))
    assert told is not None


def test_a_page_has_the_graph_and_escapes_names() -> None:
    page = many(["<script>", "b" * 5_000])._repr_html_()
    assert "<script" not in page and "&lt;script&gt;" in page and len(page) < 5_000
    drawn = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])  # noqa: S314  # our own
    assert len(drawn.findall("{*}line")) == 1 and len(drawn.findall("{*}text")) == 2


def test_a_graph_of_many_factors_is_told_and_not_drawn() -> None:
    page = many([f"f{k}" for k in range(30)])._repr_html_()
    assert "<svg" not in page and "and 22 more" in page and "f0 -&gt; f1" in page


def test_every_arrow_points_from_the_cause_to_the_effect() -> None:
    root = ElementTree.fromstring(shown.svg(["a", "b", "c"], [(0, 1), (2, 1)]))  # noqa: S314  # our own
    at = {text.text: np.array([float(text.get(k, "")) for k in "xy"]) for text in root.findall("{*}text")}
    for line, (cause, effect) in zip(root.findall("{*}line"), ("ab", "cb"), strict=True):
        start, end = (np.array([float(line.get(f"{k}{i}", "")) for k in "xy"]) for i in (1, 2))
        assert np.linalg.norm(start - at[cause]) < 25 and np.linalg.norm(end - at[effect]) < 25


def test_no_arrow_runs_through_a_name_at_its_ends() -> None:
    names = ["pendulum_angle", "light_angle", "shadow_length", "shadow_position"]
    root = ElementTree.fromstring(shown.svg(names, [(0, 3), (1, 3), (1, 2)]))  # noqa: S314  # our own
    boxes = [
        (float(text.get("x", "")), float(text.get("y", "")) - 4, 4 * len(text.text or ""))
        for text in root.iter("{http://www.w3.org/2000/svg}text")
    ]
    for line in root.findall("{*}line"):
        for k in "12":
            x, y = float(line.get(f"x{k}", "")), float(line.get(f"y{k}", ""))
            assert not any(abs(x - u) < wide and abs(y - v) < 7 for u, v, wide in boxes)


def test_answers_stand_below_their_images(model: linear.Linear, toy_pairs: Pairs) -> None:
    images = toy_pairs.batch(torch.arange(3))["image"]
    picture = model.show(images, {"a": 0.2, "k": "green"})
    alone, told = (np.asarray(model.show(images, do))[4:100] for do in (None, {"a": 0.2, "k": "green"}))
    assert (alone[:, -300:] == told[:, -300:]).all() and picture.height == 2 * 96 + 3 * 4
    bytes_ = ((images.permute(0, 2, 3, 1) + 1) * 127.5).round().to(torch.uint8).numpy()
    assert np.array_equal(np.asarray(model.show(bytes_, {"a": 0.2, "k": "green"})), np.asarray(picture))


def test_bytes_of_a_data_set_are_asked_about_as_they_are(model: linear.Linear, toy_pairs: Pairs) -> None:
    images = toy_pairs.batch(torch.arange(3))["image"]
    bytes_ = cdm.to_bytes(images).numpy()
    assert torch.equal(model.encode(bytes_), model.encode(images))
    assert torch.equal(model.counterfactual(bytes_, {"a": 0.2}), model.counterfactual(images, {"a": 0.2}))


def test_a_do_that_does_not_fit_is_not_drawn(model: linear.Linear, toy_pairs: Pairs) -> None:
    images = toy_pairs.batch(torch.arange(2))["image"]
    with pytest.raises(CdmError, match=r"^a = 3\.0: a number from 0 to 1 is needed; allow others with allow_ood=True$"):
        model.show(images, {"a": 3})
    assert model.show(images, {"a": 3}, allow_ood=True).height == 204
