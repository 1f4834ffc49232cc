"""Reports of verification: what is checked is counted, and parts from many workers join into one."""

from __future__ import annotations

from scmgen.checks.verify.findings import CHECKS, IMPORTED, Verification, begin


def test_a_report_begins_with_every_check_of_its_origin_and_none_of_another() -> None:
    assert begin(IMPORTED).counts == dict.fromkeys(IMPORTED, 0)
    assert Verification().counts == begin(CHECKS).counts
    assert set(IMPORTED) - set(CHECKS) == {"labels"}


def test_reports_of_parts_add_up_and_the_largest_residual_stays() -> None:
    whole, first, second = begin(CHECKS), begin(CHECKS), begin(CHECKS)
    first.counts["pixels"], first.residual, first.pixels, first.differing = 2, 1e-12, 100, 3
    second.counts["pixels"], second.residual, second.pixels = 5, 1e-13, 50
    first.fault("pixels", "one")
    second.fault("noise", "two")
    for part in (first, second):
        whole.add(part)
    assert (whole.counts["pixels"], whole.counts["noise"]) == (7, 0)
    assert (whole.residual, whole.pixels, whole.differing) == (1e-12, 150, 3)
    assert whole.faults == [("pixels", "one"), ("noise", "two")]


def test_a_fault_of_one_report_does_not_show_in_another() -> None:
    begin(CHECKS).fault("files", "missing")
    assert begin(CHECKS).faults == Verification().faults == []
