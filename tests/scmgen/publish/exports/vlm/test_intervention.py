"""Questions about what was done: the target of the label, among others, each equally often."""

from __future__ import annotations

from collections import Counter

from questions import Asked


def test_the_answer_is_the_target_of_the_label(described: Asked) -> None:
    labels, names = described.labels(), list(described.data.factors)
    found = described.of("target")
    for line, key in found:
        assert names[labels[key["sample"]]["do_mask"].index(1)] == key["target"]
        assert key["factors"]["ABCD".index(key["answer"])] == key["target"] and len(line["images"]) == 2
        assert line["images"][0] != line["images"][1]
    assert Counter(key["target"] for _, key in found) == dict.fromkeys(names, 2)
