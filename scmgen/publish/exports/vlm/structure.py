"""Questions about the graph: is one factor a direct cause of another, and which graph is it?

The answer is the graph of the manifest. Half the answers to the first are yes; where they are no, the pair is in turn
one whose edge runs the other way, one with a factor between, one with a common cause, and one with nothing in common.
The graphs of the second stand as near to one another as to the true one (:meth:`Graph.beside`). An example is a pair
of images with the factor that was set; for an edge the factors that it joins are set first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from scmgen.publish.exports.vlm import wording
from scmgen.publish.exports.vlm.asking import Asking, placed
from scmgen.publish.exports.vlm.graphs import HARD, Edge, Edges
from scmgen.publish.exports.vlm.question import Draft, Question

FAMILY = "structure"


def questions(asking: Asking) -> Iterator[Question]:
    """All questions of the family in one split."""
    for shots in asking.options.shots:
        yield from _edge_questions(asking, shots)
    for shots in asking.options.shots:
        yield from _graph_questions(asking, shots)


def negatives(asking: Asking) -> list[Edge]:
    """Pairs without an edge, of each relation in turn while it has some."""
    pairs = asking.lots.shuffled(asking.graph.pairs(), "no edge")
    groups = [[pair for pair in pairs if asking.graph.relation(*pair) == hard] for hard in HARD]
    return [pair for turn in itertools.zip_longest(*groups) for pair in turn if pair is not None]


def _edge_questions(asking: Asking, shots: int) -> Iterator[Question]:
    lots, quoted = asking.lots, asking.names.quoted
    yes, no = lots.shuffled(sorted(asking.graph.directed), "edge"), negatives(asking)
    if not (yes and no):
        return
    left = {wording.YES: itertools.cycle(yes), wording.NO: itertools.cycle(no)}
    for number in range(asking.options.questions):
        right, place = lots.one(itertools.product(left, (0, 1)), number, "edge letters")
        cause, effect = next(left[right])
        draft, told = asking.draft(), _shown(asking, number, shots, [cause, effect])
        if told is None:
            continue
        truth = _show(asking, draft, *told)
        truth |= {"cause": cause, "effect": effect, "relation": asking.graph.relation(cause, effect)}
        draft.say(wording.edge(quoted(cause), quoted(effect)))
        choices = placed(right, [word for word in left if word != right], place)
        yield draft.question(asking.head(FAMILY, "edge", shots, number), choices, place, truth)


def _graph_questions(asking: Asking, shots: int) -> Iterator[Question]:
    lots = asking.lots
    for number in range(asking.options.questions):
        graphs, told = asking.graph.beside(number, lots), _shown(asking, number, shots, [])
        if graphs is None or told is None:
            return
        place = lots.one(range(len(graphs)), number, "graph letters")
        ordered = placed(graphs[0], lots.shuffled(graphs[1:], "graphs", number), place)
        draft = asking.draft()
        truth = _show(asking, draft, *told) | {"graphs": [sorted(map(list, edges)) for edges in ordered]}
        draft.say(wording.graph())
        choices = [_listed(asking, edges) for edges in ordered]
        yield draft.question(asking.head(FAMILY, "graph", shots, number), choices, place, truth)


def _listed(asking: Asking, edges: Edges) -> str:
    """A graph in one line; its edges stand in an order that all graphs of the split share."""
    order = asking.lots.shuffled(asking.graph.pairs(), "listed edges")
    return wording.edges((asking.names.quoted(a), asking.names.quoted(b)) for a, b in order if (a, b) in edges)


def _shown(asking: Asking, number: int, shots: int, first: Sequence[str]) -> tuple[int, list[int]] | None:
    """The sample that a question shows, and its examples; None if there are not enough."""
    rows = asking.lots.shuffled(range(len(asking.worlds.keys)), "shown")
    if not rows:
        return None
    row = rows[number % len(rows)]
    if not shots:
        return row, []
    rest = [name for name in asking.lots.shuffled(asking.graph.factors, "set", number) if name not in first]
    some = asking.examples(row, [*first, *rest], asking.pairs.seen, shots, "structure")
    return None if some is None else (row, some)


def _show(asking: Asking, draft: Draft, row: int, examples: Sequence[int]) -> dict[str, object]:
    draft.say(wording.one(*draft.show(asking.worlds.draw("factual", row))))
    for example in examples:
        pairs = asking.pairs
        before, after = draft.show(pairs.image("factual", example), pairs.image("twin", example))
        draft.say(wording.moved(before, after, asking.names.quoted(pairs.names[pairs.targets[example]])))
    if examples:
        draft.say(wording.held())
    return {"sample": asking.worlds.keys[row], "examples": asking.keys(examples)}
