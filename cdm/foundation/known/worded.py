"""Factors of a data set as concepts in words: their values, their graph, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cdm.errors import CdmError
from cdm.foundation.protocols import Edit, Manipulation
from cdm.foundation.semantic import Concept, SemanticSCM
from cdm.scm.codes import Code, Factor
from cdm.scm.domains import Categorical, Continuous
from cdm.scm.domains.records import measured


def values(code: Code, numbers: Sequence[float]) -> dict[str, str]:
    """Each factor's value in words, of a number a factor."""
    told = zip(code.factors, numbers, strict=True)
    return {factor.name: _spelled(factor, float(number)) for factor, number in told}


def _spelled(factor: Factor, number: float) -> str:
    """A value as short as it is read back: within the range, and with all digits where rounding leaves it."""
    domain = factor.domain
    inside = min(max(number, domain.low), domain.high) if isinstance(domain, Continuous) else number
    short = domain.spell(inside)
    try:
        factor.read(short)
    except CdmError:
        return repr(inside)
    return short


def scm(code: Code, numbers: Sequence[float], directed: Any) -> SemanticSCM:
    """A semantic SCM of values ``(d,)`` and an adjacency ``(d, d)``, 1 from cause to effect."""
    words, names = values(code, numbers), code.names
    kinds = (factor.domain for factor in code.factors)
    levels = [domain.levels if isinstance(domain, Categorical) else () for domain in kinds]
    concepts = tuple(Concept(name, words[name], known) for name, known in zip(names, levels, strict=True))
    joined = tuple((a, b) for i, a in enumerate(names) for j, b in enumerate(names) if directed[i][j] > 0)
    return SemanticSCM(concepts, joined)


def meanings(code: Code) -> dict[str, str]:
    """Of each factor what it can be, as a question names it."""
    return {factor.name: _meaning(factor) for factor in code.factors}


def _meaning(factor: Factor) -> str:
    if isinstance(factor.domain, Categorical):
        return f"one of {', '.join(factor.domain.levels)}"
    return f"a number from {factor.domain}{measured(factor.unit)}, written without its unit"


def manipulation(scm: SemanticSCM, target: str, value: str, after: Mapping[str, str]) -> Manipulation:
    """A do on a concept, of whose descendants somebody knows what they become.

    Args:
        scm: before.
        target: the concept that is set.
        value: what it is set to.
        after: the values of all concepts.
    """
    edits = [Edit(target, scm[target].value, value, _phrase(target, value))]
    for name in scm.descendants(target):
        if after[name] != scm[name].value:
            edits.append(Edit(name, scm[name].value, after[name], _phrase(name, after[name])))
    moved = {edit.concept: edit.after for edit in edits}
    kept = tuple(name for name in scm.names if name not in moved)
    whole = ", ".join(_phrase(each.name, moved.get(each.name, each.value)) for each in scm.concepts)
    return Manipulation(edits[0], tuple(edits[1:]), kept, f"a picture of {whole}")


def _phrase(name: str, value: str) -> str:
    return f"{name.replace('_', ' ')} {value}"
