"""Questions about what would have been: the value of a factor, or the image, had another factor been another one.

The right answer follows by the equations under the sample's own noise. The wrong values are those of usual mistakes:
``factual`` (nothing follows), ``held`` (what lies between does not follow), ``seen`` (that of the sample whose cause
is nearest to what was set: seeing taken for doing), and ``sample`` (that of any other one). All lie at least 12 % of
the range apart. Two questions in three are about a factor that follows; the third is about one that does not, a cause
of what was set if there is one, whose right answer is the factual value.

The wrong images are those of the worlds of :mod:`scmgen.publish.exports.vlm.worlds`; any two of the four can be told
apart by eye, and in some factor by as much.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from scmgen.publish.exports.vlm import wording
from scmgen.publish.exports.vlm.asking import Asking, placed
from scmgen.publish.exports.vlm.question import CHOICES, Draft, Question
from scmgen.publish.exports.vlm.visible import far
from scmgen.scene.domain import Categorical, Circular

FAMILY = "counterfactual"
_WRONG = ("direct", "other", "stranger", "factual")

Valued = tuple[int, str, dict[str, float], int]
"""A sample, the factor that is asked about, the choices by what they are (the right one first), and its letter."""


def questions(asking: Asking) -> Iterator[Question]:
    """All questions of the family in one split."""
    valued, pictured = list(_valued(asking)), list(_pictured(asking))
    for shots in asking.options.shots:
        for number, case in enumerate(valued):
            yield from _value_question(asking, shots, number, case)
    for shots in asking.options.shots:
        for number, (row, shown) in enumerate(pictured):
            yield from _image_question(asking, shots, number, row, shown)


def _valued(asking: Asking) -> Iterator[Valued]:
    """The questions about values: each target equally often, and each letter among as many choices."""
    asked: Counter[int] = Counter()
    follows, stays = _cases(asking, True), _cases(asking, False)
    for number in range(asking.options.questions):
        first, second = (stays, follows) if number % 3 == 2 else (follows, stays)
        case = next(first, None) or next(second, None)
        if case is None:
            return
        row, effect, values = case
        place = asking.lots.one(range(len(values)), asked[len(values)], "value letters", len(values))
        asked[len(values)] += 1
        yield row, effect, values, place


def _cases(asking: Asking, follows: bool) -> Iterator[tuple[int, str, dict[str, float]]]:
    """Samples, and a factor that follows from what is set in each, or one that does not, with its choices."""
    for row in asking.rows(asking.pairs.seen, "value", follows):
        for effect in _effects(asking, row, follows):
            values = _values(asking, row, effect)
            if values is not None:
                yield row, effect, values
                break


def _effects(asking: Asking, row: int, follows: bool) -> list[str]:
    """The factors that a question may be about, causes of what is set first of those that do not follow."""
    target, graph = asking.pairs.names[asking.pairs.targets[row]], asking.graph
    others = asking.lots.shuffled([name for name in graph.factors if name != target], "effect", row)
    below = graph.descendants(target)
    if follows:
        return [name for name in others if name in below]
    return sorted(
        (name for name in others if name not in below), key=lambda name: target not in graph.descendants(name)
    )


def _values(asking: Asking, row: int, effect: str) -> dict[str, float] | None:
    """The right value and wrong ones that are far from it and one another; None if there are not enough."""
    pairs, domain = asking.pairs, asking.names.domains[effect]
    target = pairs.names[pairs.targets[row]]
    factual = pairs.values["factual"]
    reach = asking.names.domains[target].distance(factual[target], pairs.shift[row])
    nearest = [other for other in np.argsort(reach, kind="stable").tolist() if other != row][:1]
    others = asking.lots.shuffled(range(len(pairs.targets)), "values", row, effect)
    offered = [("factual", factual[effect][row]), ("held", asking.pairs.held(effect)[row])]
    offered += [("seen", factual[effect][other]) for other in nearest]
    offered += [("sample", factual[effect][other]) for other in others]
    chosen, most = {"twin": float(pairs.values["twin"][effect][row])}, CHOICES
    if isinstance(domain, Categorical):
        offered += [("level", number) for number in range(len(domain.levels))]
        most = min(most, len(domain.levels))
    if asking.graph.relation(target, effect) == "edge" and not far(domain, offered[0][1], chosen["twin"]):
        return None  # an effect that nobody would see
    for what, value in offered:
        if len(chosen) < most and all(far(domain, value, other) for other in chosen.values()):
            chosen[what if what not in chosen else f"{what} {len(chosen)}"] = float(value)
    return chosen if len(chosen) == most else None


def _value_question(asking: Asking, shots: int, number: int, case: Valued) -> Iterator[Question]:
    row, effect, values, place = case
    pairs, names = asking.pairs, asking.names
    target = pairs.names[pairs.targets[row]]
    examples = asking.examples(row, [target], pairs.seen, shots, "value")
    if examples is None:
        return
    draft = _draft(asking, target, effect)
    for example in examples:
        (shown,) = draft.show(pairs.image("factual", example))
        before = f"{_is(asking, target, example)} and {_is(asking, effect, example)}"
        after = names.value(effect, pairs.values["twin"][effect][example])
        draft.say(wording.had(shown, before, *_set(asking, example), names.quoted(effect), after))
    (shown,) = draft.show(pairs.image("factual", row))
    draft.say(wording.value(shown, _is(asking, target, row), *_set(asking, row), names.quoted(effect)))
    wrong = asking.lots.shuffled(list(values)[1:], "wrong values", row, effect)
    ordered = placed("twin", wrong, place)
    truth = {"target": target, "value": float(pairs.shift[row]), "effect": effect, "truth": values["twin"]}
    truth |= {"values": [values[what] for what in ordered], "kinds": ordered, **_origin(asking, row, examples)}
    choices = [names.value(effect, values[what]) for what in ordered]
    yield draft.question(asking.head(FAMILY, "value", shots, number), choices, place, truth)


def _pictured(asking: Asking) -> Iterator[tuple[int, list[str]]]:
    """The questions about images: a sample, and the world that each letter shows."""
    number = 0
    for row in asking.rows(asking.pairs.seen, "image"):
        if number == asking.options.questions:
            return
        wrong = _wrong(asking, row)
        if wrong is not None:
            place = asking.lots.one(range(CHOICES), number, "image letters")
            yield row, placed("twin", asking.lots.shuffled(wrong, "wrong images", row), place)
            number += 1


def _wrong(asking: Asking, row: int) -> list[str] | None:
    """Three wrong images: what is seen if nothing follows, if anything does, and two of the rest in turn."""
    rest = asking.lots.shuffled(_WRONG[1:], "rest", row)
    for some in combinations([_WRONG[0], *rest], CHOICES - 1):
        if all(asking.pairs.apart(one, other)[row] for one, other in combinations(["twin", *some], 2)):
            return list(some)
    return None


def _image_question(asking: Asking, shots: int, number: int, row: int, shown: list[str]) -> Iterator[Question]:
    pairs = asking.pairs
    target = pairs.names[pairs.targets[row]]
    examples = asking.examples(row, [target], pairs.seen, shots, "image")
    if examples is None:
        return
    draft = _draft(asking, target)
    for example in examples:
        before, after = draft.show(pairs.image("factual", example), pairs.image("twin", example))
        draft.say(wording.became(before, _is(asking, target, example), *_set(asking, example), after))
    (query,) = draft.show(pairs.image("factual", row))
    draft.say(wording.image(query, _is(asking, target, row), *_set(asking, row)))
    choices = [wording.number(image) for image in draft.show(*(pairs.image(world, row) for world in shown))]
    truth = {"target": target, "value": float(pairs.shift[row]), "kinds": shown, **_origin(asking, row, examples)}
    head = asking.head(FAMILY, "image", shots, number)
    yield draft.question(head, choices, shown.index("twin"), truth)


def _draft(asking: Asking, *factors: str) -> Draft:
    """A question in which these factors have values."""
    domains = asking.names.domains
    numbers = [name for name in factors if not isinstance(domains[name], Categorical)]
    circles = [asking.names.quoted(name) for name in numbers if isinstance(domains[name], Circular)]
    return asking.draft(*wording.scale(numbers, circles))


def _is(asking: Asking, factor: str, row: int) -> str:
    value = asking.names.value(factor, asking.pairs.values["factual"][factor][row])
    return wording.is_(asking.names.quoted(factor), value)


def _set(asking: Asking, row: int) -> tuple[str, str]:
    """The factor that is set in a sample, and to what."""
    target = asking.pairs.names[asking.pairs.targets[row]]
    return asking.names.quoted(target), asking.names.value(target, asking.pairs.shift[row])


def _origin(asking: Asking, row: int, examples: list[int]) -> dict[str, object]:
    return {"sample": asking.worlds.keys[row], "examples": asking.keys(examples)}
