"""What a finding says, where it was found, and what a data set waives of it."""

from __future__ import annotations

from sound_scene import N, channel, dataset, equation, subjects, the

from scmgen.checks.audit import audit
from scmgen.checks.audit.findings import merge, note, verdict


def test_a_waiver_covers_its_own_condition_only() -> None:
    rounded, blind = equation("place", "round(uniform(25, 75)) / 100"), channel("bar", width=0.3)
    waives = {"one-to-one": "on a grid, as published"}
    done = audit(dataset(rounded, blind, waives=waives), N)
    assert subjects(done) == [("unreadable", "length")] and subjects(done, "waived") == [("clamped", "place")]
    assert the(done, "clamped", "waived").reason == waives["one-to-one"]
    assert audit(dataset(rounded, waives=waives), N).ok


def test_merge_keeps_the_first_and_says_where() -> None:
    one, other = note("balance", "shape", 0.01, "rare"), note("balance", "shape", 0.02, "less rare")
    joined = merge([(("train",), [one]), (("test",), [other])], ["train", "test"])
    assert joined == [one]
    (part,) = merge([(("train",), []), (("test",), [other])], ["train", "test"])
    assert part.splits == ("test",)
    assert (verdict([], 0), verdict([], 3), verdict([one], 3)) == ("-", "ok", "note")
