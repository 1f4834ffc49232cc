"""Questions about what was done: which factor was set between two images?

The pairs are those in which the answer can be seen and is the only one (:mod:`scmgen.publish.exports.vlm.worlds` says
how that is known). All factors are choices if there are no more than four, or else the target and three others.
"""

from __future__ import annotations

from collections.abc import Iterator

from scmgen.publish.exports.vlm import wording
from scmgen.publish.exports.vlm.asking import Asking, placed
from scmgen.publish.exports.vlm.question import CHOICES, Question

FAMILY = "intervention"


def questions(asking: Asking) -> Iterator[Question]:
    """All questions of the family in one split."""
    if len(asking.graph.factors) < 2:
        return
    for shots in asking.options.shots:
        for number, row in enumerate(asking.rows(asking.pairs.clear, FAMILY)[: asking.options.questions]):
            question = _question(asking, shots, number, row)
            if question is not None:
                yield question


def _question(asking: Asking, shots: int, number: int, row: int) -> Question | None:
    pairs, quoted = asking.pairs, asking.names.quoted
    target = pairs.names[pairs.targets[row]]
    choices = _choices(asking, number, row)
    examples = asking.examples(row, choices, pairs.clear, shots, FAMILY)
    if examples is None:
        return None
    draft = asking.draft(wording.held())
    for example in examples:
        before, after = draft.show(pairs.image("factual", example), pairs.image("twin", example))
        draft.say(wording.moved(before, after, quoted(pairs.names[pairs.targets[example]])))
    draft.say(wording.target(*draft.show(pairs.image("factual", row), pairs.image("twin", row))))
    truth = {"sample": asking.worlds.keys[row], "examples": asking.keys(examples), "target": target}
    truth |= {"factors": choices}
    head = asking.head(FAMILY, "target", shots, number)
    return draft.question(head, [quoted(name) for name in choices], choices.index(target), truth)


def _choices(asking: Asking, number: int, row: int) -> list[str]:
    pairs, lots = asking.pairs, asking.lots
    target = pairs.names[pairs.targets[row]]
    others = lots.shuffled([name for name in pairs.names if name != target], "choices", row)[: CHOICES - 1]
    place = lots.one(range(len(others) + 1), number, "target letters")
    return placed(target, others, place)
