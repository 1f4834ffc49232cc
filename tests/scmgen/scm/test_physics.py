"""The simulated impact is a pure function of its inputs and agrees with the closed form."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from scmgen.errors import ScmgenError
from scmgen.scm import physics
from scmgen.scm.expression import parse
from scmgen.scm.model import from_text

Array = NDArray[np.float64]
SCENE = ((3.0, 4.05), (0.7, 1.5), (0.2, 0.26))  # the range of scenes/collision.yaml
WHOLE = tuple(physics.DOMAIN.values())


def spread(n: int, ranges: tuple[tuple[float, float], ...] = SCENE, seed: int = 0) -> list[Array]:
    """Rows all over the ranges; masses on a logarithmic scale."""
    shares = np.random.default_rng(seed).random((3, n))
    speed, mass, friction = ((low, high) for low, high in ranges)
    return [
        speed[0] + (speed[1] - speed[0]) * shares[0],
        mass[0] * (mass[1] / mass[0]) ** shares[1],
        friction[0] + (friction[1] - friction[0]) * shares[2],
    ]


def closed_form(speed: Array, mass: Array, friction: Array) -> tuple[Array, Array]:
    """One-dimensional impact with restitution, and Coulomb friction before and after it."""
    braking = 2 * friction * 9.81
    arrival = np.sqrt(np.maximum(speed**2 - braking * 1.1, 0))
    block, ball = 1.95 * mass / (mass + 3) * arrival, (mass - 0.95 * 3) / (mass + 3) * arrival
    short = 1.1 - speed**2 / braking
    return block**2 / braking, np.where(short >= 0, short, -ball * np.abs(ball) / braking)


def simulated(*rows: Array) -> tuple[Array, Array]:
    """What :func:`scmgen.scm.physics.collide` gives when it remembers no row."""
    physics._collide.cache_clear()
    return physics.collide(*rows)


def bits(values: tuple[Array, Array]) -> bytes:
    return np.stack(values).tobytes()


def test_it_agrees_with_the_closed_form_to_a_centimetre_where_the_scene_lives() -> None:
    rows = spread(1_500)
    (slide, recoil), (true_slide, true_recoil) = physics.collide(*rows), closed_form(*rows)
    assert np.abs(slide - true_slide).max() < 0.010
    assert np.abs(recoil - true_recoil).max() < 0.015


def test_it_agrees_with_the_closed_form_in_the_whole_domain_as_the_documentation_says() -> None:
    corners = np.transpose([(10, 50, 0.1), (10, 0.05, 0.1), (10, 50, 1), (0, 50, 0.1)])
    rows = [np.append(a, b) for a, b in zip(spread(1_500, WHOLE), corners, strict=True)]
    for found, true in zip(physics.collide(*rows), closed_form(*rows), strict=True):
        assert (np.abs(found - true) < (1 + rows[0]) / 100).all()


def test_the_jitter_of_the_step_is_far_below_the_noise_of_the_scene() -> None:
    """The deviation from the closed form jumps with the step of the impact: a fifth of the noise, or less."""
    rows = spread(1_500)
    noise = 0.045 / np.sqrt(3)
    for found, true in zip(physics.collide(*rows), closed_form(*rows), strict=True):
        assert np.std(found - true) < noise / 5


@pytest.mark.parametrize(
    ("column", "slide_rises", "recoil_rises"), [(0, True, True), (1, True, False), (2, False, False)]
)
def test_the_response_to_each_input_is_monotone(column: int, slide_rises: bool, recoil_rises: bool) -> None:
    steps = np.linspace(*SCENE[column], 9)
    others = [np.repeat(values, 9) for values in spread(40)]
    others[column] = np.tile(steps, 40)
    for values, rises in zip(physics.collide(*others), (slide_rises, recoil_rises), strict=True):
        change = np.diff(values.reshape(40, 9), axis=1)
        assert ((change > 0) == rises).all()


def test_a_slow_ball_stops_before_the_block() -> None:
    slide, recoil = physics.collide([0.0, 1.0], 1.0, 0.25)
    assert slide.tolist() == [0.0, 0.0]
    assert recoil[0] == pytest.approx(1.1, abs=1e-12)
    assert recoil[1] == pytest.approx(1.1 - 1 / (2 * 0.25 * 9.81), abs=0.005)


def test_a_heavy_ball_follows_the_block_and_stays_behind_it() -> None:
    slide, recoil = physics.collide(4.0, [5.0, 50.0], 0.2)
    assert (recoil < 0).all()
    assert (slide + recoil > 0).all()


def test_a_row_depends_on_its_own_inputs_only() -> None:
    rows = spread(200)
    whole, order = simulated(*rows), np.random.default_rng(1).permutation(200)
    permuted = simulated(*(x[order] for x in rows))
    sliced = [simulated(*(x[a : a + 30] for x in rows)) for a in range(0, 200, 30)]
    alone = [simulated(*(x[k] for x in rows)) for k in range(200)]
    for output in (0, 1):
        assert np.array_equal(permuted[output], whole[output][order])
        assert np.array_equal(np.concatenate([part[output] for part in sliced]), whole[output])
        assert np.array_equal([one[output] for one in alone], whole[output])


def test_every_process_computes_the_same_bits() -> None:
    code = (
        "import numpy as np; from scmgen.scm.physics import collide\n"
        "a = np.linspace(0, 1, 60); print(np.stack(collide(3 + a, 0.7 + a * a, 0.2 + 0.06 * (1 - a))).tobytes().hex())"
    )
    a = np.linspace(0, 1, 60)
    here = bits(physics.collide(3 + a, 0.7 + a * a, 0.2 + 0.06 * (1 - a))).hex()
    for _ in range(3):
        assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == here


def test_other_simulations_in_between_change_nothing() -> None:
    rows = spread(30)
    before = physics.collide(*rows)
    simulated(*spread(50, WHOLE, seed=5))
    assert bits(simulated(*rows)) == bits(before)
    assert bits(physics.collide(*rows)) == bits(before)  # from memory


def test_the_inputs_are_left_alone_and_may_be_read_only() -> None:
    rows = [np.broadcast_to(np.float64(x), 3) for x in (3.5, 1.0, 0.2)]
    slide, recoil = physics.collide(*rows)
    assert slide.shape == recoil.shape == (3,)
    assert len(set(slide.tolist())) == 1


@pytest.mark.parametrize("shape", [(), (0,), (2, 3)])
def test_the_outputs_have_the_shape_of_the_inputs(shape: tuple[int, ...]) -> None:
    slide, recoil = physics.collide(np.full(shape, 3.5), 1.0, 0.2)
    assert slide.shape == recoil.shape == shape


@pytest.mark.parametrize(
    "row",
    [
        (np.nan, 1, 0.2), (3, np.nan, 0.2), (3, 1, np.nan), (np.inf, 1, 0.2), (-0.1, 1, 0.2), (10.1, 1, 0.2),
        (3, 0, 0.2), (3, -1, 0.2), (3, 51, 0.2), (3, np.inf, 0.2), (3, 1, 0), (3, 1, -0.2), (3, 1, 1.1),
    ],
)  # fmt: skip
def test_what_cannot_be_simulated_is_not_a_number_in_its_row_alone(row: tuple[float, float, float]) -> None:
    good = (3.5, 1.0, 0.2)
    rows = np.array([good, row, good])
    slide, recoil = physics.collide(*rows.T)
    assert np.isnan(slide).tolist() == np.isnan(recoil).tolist() == [False, True, False]
    assert (slide[0], recoil[0]) == physics.collide(*good)


def test_a_simulation_ends_even_if_the_bodies_do_not_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(physics, "MOST_STEPS", 60)
    assert np.isnan(simulated(np.array([3.5]), np.array([1.0]), np.array([0.2]))).all()
    physics._collide.cache_clear()


def test_the_slowest_simulation_of_the_domain_comes_to_rest() -> None:
    assert np.isfinite(physics.collide(10.0, 50.0, 0.1)).all()


def test_it_is_a_word_with_two_outputs() -> None:
    scm = from_text({"speed": "uniform(3, 4)", "slide, recoil": "collide(speed, 1, 0.2)"})
    values = scm.solve(scm.noise(5, 0))
    expected = physics.collide(values["speed"], 1.0, 0.2)
    assert np.array_equal(values["slide"], expected[0]) and np.array_equal(values["recoil"], expected[1])
    assert set(scm.graph.edges) == {("speed", "slide"), ("speed", "recoil")}
    with pytest.raises(ScmgenError, match="it can only stand alone in 'a, b: collide"):
        parse("1 + collide(1, 2, 3)")
    with pytest.raises(ScmgenError, match="collide takes 3 arguments, found 2"):
        parse("collide(1, 2)")


def test_an_impossible_row_is_reported_with_variable_row_and_inputs() -> None:
    scm = from_text({"mass": "uniform(-1, 1)", "slide, recoil": "collide(3.5, mass, 0.2)"})
    with pytest.raises(ScmgenError) as caught:
        scm.solve({"mass": [0.9, 0.1, 0.8]})
    assert str(caught.value) == (
        "equations.slide, recoil: slide is nan in row 1 (1 of 3 rows are not finite); its equation read mass = -0.8"
    )


def test_the_engine_is_loaded_by_the_first_simulation_only() -> None:
    code = (
        "import sys; from scmgen.scm import physics, vocabulary; first = 'pymunk' in sys.modules\n"
        "physics.collide(3, 1, 0.2); print(first, 'pymunk' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("False True\n", "")


# What moves, step by step


def test_a_fall_is_a_parabola_whatever_its_steps() -> None:
    times = np.linspace(0.0, 1.2, 13)
    heights, height, speed = [], np.array(9.0), np.array(2.0)
    for _ in times:
        heights.append(float(height))
        height, speed = physics.bounce(height, speed, 9.81, 0.8, 20.0, 0.1)
    np.testing.assert_allclose(heights, 9.0 + 2.0 * times - 9.81 * times**2 / 2, atol=1e-12)


def test_an_impact_leaves_its_share_of_the_speed() -> None:
    """A body that falls from h hits the floor with sqrt(2 g h) and rises to elasticity ** 2 * h."""
    fall = np.sqrt(2 * 2.0 / 9.81)
    height, speed = physics.bounce(2.0, 0.0, 9.81, 0.7, 20.0, fall + 0.7 * fall)
    np.testing.assert_allclose([height, speed], [0.49 * 2.0, 0.0], atol=1e-9)
    height, speed = physics.bounce(0.5, 3.0, 0.0, 0.5, 1.0, 0.5)  # no gravity: up, and back at half the speed
    np.testing.assert_allclose([height, speed], [1.0 - 1.5 * (0.5 - 0.5 / 3.0), -1.5], atol=1e-12)


def test_a_body_comes_to_rest_on_the_floor_and_odd_rows_are_nan() -> None:
    height, speed = physics.bounce(1.0, 0.0, 9.81, 0.3, 5.0, 30.0)
    assert height == 0.0 and speed == 0.0
    odd = physics.bounce([1.0, 1.0, 1.0, np.nan], 0.0, [9.81, -1.0, 9.81, 9.81], [0.5, 0.5, 1.5, 0.5], 5.0, 0.1)
    assert np.isfinite(odd[0]).tolist() == [True, False, False, False]


def test_a_step_is_two_halves_of_it() -> None:
    """Composition: a flight of dt is one of dt / 2 and another, impacts in between or not."""
    rng = np.random.default_rng(0)
    start = rng.uniform(0, 5, 500), rng.uniform(-5, 5, 500), rng.uniform(1, 10, 500), rng.uniform(0.3, 0.9, 500)
    whole = physics.bounce(*start, 5.0, 0.6)
    half = physics.bounce(*start, 5.0, 0.3)
    np.testing.assert_allclose(physics.bounce(*half, *start[2:], 5.0, 0.3), whole, atol=1e-8)


def test_a_pendulum_keeps_its_energy_and_its_period() -> None:
    angle, speed = np.array([0.02, 1.0]), np.zeros(2)
    energy = 0.5 * speed**2 - 9.81 / 0.5 * np.cos(angle)
    period = 4.0 * np.sqrt(0.5 / 9.81) * special.ellipk(np.sin(angle / 2) ** 2)  # of any amplitude
    a, w = angle, speed
    for _ in range(40):
        a, w = physics.swing(a, w, 0.5, 9.81, 0.0, period / 40)
    np.testing.assert_allclose(a, angle, atol=1e-7)
    np.testing.assert_allclose(0.5 * w**2 - 9.81 / 0.5 * np.cos(a), energy, atol=1e-7)
    damped, w = np.array(0.01), np.array(0.0)
    for _ in range(10):
        damped, w = physics.swing(damped, w, 0.5, 9.81, 0.4, 0.1)
    rate = np.sqrt(9.81 / 0.5 - 0.2**2)
    assert abs(damped - 0.01 * np.exp(-0.2) * (np.cos(rate) + 0.2 / rate * np.sin(rate))) < 1e-6
    assert np.isnan(physics.swing(0.1, 0.0, 0.0, 9.81, 0.0, 0.1)[0])


def test_a_point_rebounds_from_a_disc_where_a_hand_computes_it() -> None:
    """Head on it comes back, at 45 degrees it turns by a right angle; what passes, leaves or is inside goes on."""
    places = np.array([[0.0, 0.0], [0.0, np.sqrt(0.5)], [0.0, 1.5], [4.0, 0.0], [2.0, 0.5]])
    x, y, along, up = physics.deflect(*places.T, 1.0, 0.0, 2.0, 0.0, 1.0, 1.0, 2.0)
    np.testing.assert_allclose(x[[0, 2, 3, 4]], [0.0, 2.0, 6.0, 4.0])
    np.testing.assert_allclose([along[0], up[0]], [-1.0, 0.0], atol=1e-12)
    np.testing.assert_allclose([along[1], up[1]], [0.0, 1.0], atol=1e-12)
    met = 2.0 - np.sqrt(0.5)
    np.testing.assert_allclose([x[1], y[1]], [met, np.sqrt(0.5) + 2.0 - met])
    assert (along[2:] == 1.0).all() and (up[2:] == 0.0).all()
    softly = physics.deflect(0.0, 0.0, 1.0, 0.0, 2.0, 0.0, 1.0, 0.5, 2.0)
    np.testing.assert_allclose(softly, (0.5, 0.0, -0.5, 0.0), atol=1e-12)
    assert np.isnan(physics.deflect(0.0, 0.0, 1.0, 0.0, 2.0, 0.0, -1.0, 0.5, 2.0)).all()
