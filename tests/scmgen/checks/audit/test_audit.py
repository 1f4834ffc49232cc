"""The audit: a sound scene passes, and so does every entry of the catalogue but for what it waives."""

from __future__ import annotations

import costly
import numpy as np
import pytest
from sound_scene import N, dataset, subjects, the

from scmgen.checks.audit import audit
from scmgen.checks.audit.findings import CHECKS
from scmgen.dataset import catalogue


def test_a_sound_scene_has_no_fault() -> None:
    done = audit(dataset(), N)
    assert (subjects(done), done.ok) == ([], True)
    assert done.counts["unfaithful-edge"] == 4 and done.counts["duplicates"] == sum(done.sizes.values())
    assert set(done.counts) == set(CHECKS)


def test_the_clamp_of_the_classic_pendulum_is_as_large_as_published() -> None:
    done = audit(catalogue.find("pendulum-classic"))
    theta, phi = np.arange(-40, 44) * np.pi / 200, np.array([j for j in range(60, 148) if j != 100]) * np.pi / 200
    length = 9.5 * np.abs(np.cos(theta[:, None] - phi)) / np.sin(phi)
    published = float((length < 3).mean())
    assert published == pytest.approx(0.396, abs=5e-4)
    assert the(done, "clamped", "waived").figure == pytest.approx(published, abs=4 * np.sqrt(0.24 / 5_000))


def test_the_classic_pendulum_has_exactly_the_faults_that_it_waives() -> None:
    done = audit(catalogue.find("pendulum-classic"), N)
    assert done.ok and subjects(done) == []
    assert dict.fromkeys(subjects(done, "waived")) == dict.fromkeys(
        [
            ("clamped", "shadow_length"),
            ("deterministic-child", "shadow_length"),
            ("deterministic-child", "shadow_position"),
            ("out-of-frame", "sun"),
            ("out-of-frame", "shadow"),
            ("nuisance", "image"),
        ]
    )
    assert {found.condition for found in done.findings if found.severity == "waived"} == set(
        catalogue.entries()["pendulum-classic"].waives
    )
    assert all(found.reason.startswith("as published") for found in done.findings if found.severity == "waived")


@pytest.mark.parametrize("name", [name for name in catalogue.entries() if name not in costly.ENTRIES])
def test_every_entry_has_no_fault_that_it_does_not_waive(name: str) -> None:
    scene = catalogue.entries()[name].scene
    first = next(other for other, entry in catalogue.entries().items() if entry.scene == scene)
    n = N if name == first else N // 3  # of another entry of the scene only what is its own is news
    assert subjects(audit(catalogue.find(name), n)) == []


def test_sortability_is_a_note_where_it_betrays_the_order() -> None:
    done = audit(dataset(), N)
    outside = [("sortability", name) for name, figure in done.sortability.items() if not 0.1 <= figure <= 0.9]
    assert [pair for pair in subjects(done, "note") if pair[0] == "sortability"] == outside
