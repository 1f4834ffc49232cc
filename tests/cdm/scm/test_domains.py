"""Domains: each method against a truth that no domain computed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

import numpy as np
import scipy.stats
import torch
from factors import seeded as seeded
from torch import Tensor

from cdm.networks.encoder import anchor, project
from cdm.scm.codes import Code, Factor, from_data
from cdm.scm.domains import DOMAINS, Categorical, Circular, Continuous, Domain, Law
from cdm.scm.graph import from_edges
from cdm.scm.mechanisms import Mechanisms, noise_changes

NUMBER, ANGLE, LEVEL = Continuous(2.0, 6.0), Circular(0.0, 360.0), Categorical(("cube", "ball", "cone"))
EVERY = pytest.mark.parametrize("domain", [NUMBER, ANGLE, LEVEL])


def _law(domain: Domain, n: int = 200) -> Law:
    return Law(torch.randn(n, domain.width), torch.rand(n) + 0.2)


def _values(domain: Domain, n: int = 200) -> Tensor:
    if isinstance(domain, Categorical):
        return torch.randint(0, domain.width, (n,)).float()
    return domain.low + (domain.high - domain.low) * 0.99 * torch.rand(n)


@EVERY
def test_a_value_survives_its_code(domain: Domain) -> None:
    values = _values(domain)
    encoded = domain.encode(values)
    assert encoded.shape == (200, domain.width)
    assert torch.allclose(domain.decode(encoded), values, atol=1e-3)
    assert torch.allclose(domain.decode(domain.project(8 * encoded)), values, atol=1e-3) or domain.linear


@EVERY
def test_a_domain_survives_its_plain_data(domain: Domain) -> None:
    data = domain.data()
    assert DOMAINS[domain.kind].of(data["low"], data["high"], tuple(data["levels"])) == domain


def test_a_span_turns_the_error_of_a_reading_into_units() -> None:
    for domain, a, b, error in ((NUMBER, 2.5, 4.0, 1.5), (ANGLE, 350.0, 20.0, 30.0), (LEVEL, 0.0, 2.0, 1.0)):
        read, wanted = (domain.encode(torch.tensor([value])) for value in (a, b))
        assert float(domain.misread(read, wanted)) * domain.span == pytest.approx(error, rel=1e-4)


def test_values_far_apart_and_values_on_the_way() -> None:
    assert NUMBER.stretch(5) == [2.0, 3.0, 4.0, 5.0, 6.0]
    assert ANGLE.stretch(4) == [0.0, 90.0, 180.0, 270.0]  # the ends are one value
    assert LEVEL.stretch(9) == [0.0, 1.0, 2.0]
    assert [domain.apart() for domain in (NUMBER, ANGLE, LEVEL)] == [(3.0, 5.0), (90.0, 270.0), (0.0, 2.0)]
    assert [domain.spell(2.0) for domain in (NUMBER, ANGLE, LEVEL)] == ["2", "2", "cone"]


# Noise


@EVERY
def test_noise_that_is_read_back_gives_the_codes_again(domain: Domain) -> None:
    law, encoded = _law(domain), domain.encode(_values(domain))
    noise = domain.abduct(encoded, law)
    assert torch.allclose(domain.predict(noise, law), encoded, atol=1e-5)
    assert float(domain.departure(encoded, law, encoded, law).abs().max()) < 1e-6
    other = domain.encode(_values(domain))
    moved = (other - encoded).abs().amax(dim=1) > 0.3
    assert float(domain.departure(encoded, law, other, law)[moved].min()) > 1e-3


def test_surprise_is_the_likelihood_of_the_law() -> None:
    law = _law(NUMBER)
    number, loc = NUMBER.encode(_values(NUMBER)), law.loc
    normal = -scipy.stats.norm.logpdf(number[:, 0], loc[:, 0], law.scale) - math.log(2 * math.pi) / 2
    assert np.allclose(NUMBER.surprise(number, law), normal, atol=1e-4)
    law, level = _law(LEVEL), _values(LEVEL)
    share = law.loc.softmax(dim=1)[torch.arange(200), level.long()]
    assert torch.allclose(LEVEL.surprise(LEVEL.encode(level), law), -share.log(), atol=1e-5)


# Errors


@EVERY
def test_what_is_right_is_missed_by_nothing_and_what_is_wrong_by_something(domain: Domain) -> None:
    values = _values(domain)
    wanted = domain.encode(values)
    raw = 50 * wanted if domain.kind != "continuous" else wanted  # logits, and circular pairs of any length
    assert float(domain.miss(raw, wanted).abs().max()) < 1e-4
    assert float(domain.miss(raw.roll(1, 0), wanted).max()) > 0.5
    assert float(domain.misread(wanted, wanted).max()) < 1e-3


def test_a_reading_error_is_a_share_of_the_range() -> None:
    pairs = {NUMBER: (2.0, 3.0, 0.25), ANGLE: (350.0, 17.0, 27 / 360), LEVEL: (0.0, 2.0, 1.0)}
    for domain, (one, other, share) in pairs.items():
        read, wanted = (domain.encode(torch.tensor([value])) for value in (one, other))
        assert float(domain.misread(read, wanted)) == pytest.approx(share, abs=1e-5)


def test_evenness_of_circular_and_categorical_codes() -> None:
    angle = torch.linspace(0, 360, 601)[:-1]
    assert float(ANGLE.uneven(ANGLE.encode(angle))) < 1e-6
    assert float(ANGLE.uneven(ANGLE.encode(angle / 2))) > 0.3
    levels = torch.arange(300) % 3
    assert float(LEVEL.uneven(LEVEL.encode(levels.float()))) < 1e-6
    assert float(LEVEL.uneven(LEVEL.encode((levels % 2).float()))) > 0.1


@EVERY
def test_what_a_test_of_dependence_sees_tells_one_value_from_another(domain: Domain) -> None:
    values = _values(domain)
    seen, again = domain.embed(domain.encode(values)), domain.embed(domain.encode(values.flip(0))).flip(0)
    assert torch.allclose(seen, again, atol=1e-5)  # the order of the rows means nothing
    assert len(torch.unique(seen, dim=0)) == len(torch.unique(domain.encode(values), dim=0))


# A fourth domain


@dataclass(frozen=True)
class Positive(Continuous):
    """Numbers of a range as before, whose codes are squared: any other domain would do."""

    kind: ClassVar[str] = "positive"

    def encode(self, values: Tensor) -> Tensor:
        """Codes of values."""
        return super().encode(values).square()


def test_a_fourth_domain_is_one_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes, mechanisms, encoder and losses ask it and nothing else."""
    monkeypatch.setitem(DOMAINS, "positive", Positive)
    data = [{**Factor("p", NUMBER).data(), "kind": "positive"}, Factor("k", LEVEL).data()]
    code = from_data(data)
    assert code == Code((Factor("p", Positive(2.0, 6.0)), Factor("k", LEVEL))) and code.data() == data
    encoded = code.encode(torch.tensor([[3.0, 1.0], [6.0, 2.0]]))
    assert encoded.tolist() == [[0.25, 0, 1, 0], [1, 0, 0, 1]]
    mechanisms = Mechanisms(code, from_edges(code.names, [("p", "k")]))
    assert torch.allclose(mechanisms.solve(mechanisms.noise(encoded)), encoded, atol=1e-6)
    assert noise_changes(mechanisms, encoded, encoded, torch.zeros(2, 2)).abs().max() < 1e-6
    assert torch.equal(project(code, encoded)[:, :1], encoded[:, :1])
    assert float(anchor(code, encoded, encoded, torch.tensor([[1.0, 0.0]] * 2))) == 0
