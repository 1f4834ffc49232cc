"""The form of labels: checked once, where they are read, against what the manifest says.

docs/reference/format.md lists the keys. Labels are checked many at a time, so that a good one costs next to nothing;
only if something does not fit is each looked at, to say which and why.
"""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scmgen.dataset.labels import key
from scmgen.dataset.members import LABEL
from scmgen.errors import ScmgenError
from scmgen.storage.manifest import Manifest

Label = dict[str, Any]

_NOISE = "noise"
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,199}")
_WITHHELD = {  # what stands in the truth file
    "whole": (),
    "targets": ("factors_cf", "hidden_cf", "do_kind", "do_value", "do_scale", "do_shift"),
    "hidden": ("factors_cf", "hidden_cf", "do_kind", "do_value", "do_scale", "do_shift", "do_mask"),
}


@dataclass
class Form:
    """What a label of a data set looks like.

    Attributes:
        variables: for each key that holds a number a variable, their names in order. Those of ``noise`` stand in no
            manifest: the first label that is read tells them, and every other must have the same.
        lists: for each key that holds a number a factor, the type of the number.
        scalars: for each other key the type of its value.
        factors: how many factors there are.
        environments: how many environments there are.
        levels: for each categorical factor the numbers of its levels.
        kinds: for each key that holds the kind of a step those that occur.
        apart: the keys that the file beside the shard holds.
        frames: of a clip, how many numbers stand in the place of one, a list a frame in the place of a list.
        changing: whether clips come into environments, so that each frame has the number of one.
    """

    variables: dict[str, tuple[str, ...]]
    lists: dict[str, type]
    scalars: dict[str, type]
    factors: int
    environments: int
    levels: dict[str, frozenset[float]]
    kinds: dict[str, frozenset[str]]
    apart: frozenset[str]
    frames: int | None = None
    changing: bool = False
    _keys: dict[bool, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        every = frozenset((*self.variables, *self.lists, *self.scalars))
        self._keys = {False: every - self.apart, True: self.apart}

    def check(self, labels: list[Label], names: Sequence[str], truth: bool = False) -> list[Label]:
        """Labels that are what they should be; keys that format 1 does not know are left out.

        Args:
            labels: JSON objects.
            names: of each the key of its sample, after what messages say before it.
            truth: whether they come from the file beside the shard.

        Raises:
            ScmgenError: for the first that does not fit.
        """
        if labels and not truth and _NOISE in self.variables:
            self._learn(labels[0])
        if self._fits(labels, names, truth):
            return labels
        known = [self._checked(label, name, truth) for label, name in zip(labels, names, strict=True)]
        return known

    def _learn(self, label: Label) -> None:
        told = label.get(_NOISE)
        if not self.variables[_NOISE] and isinstance(told, dict) and all(map(_VARIABLE.fullmatch, told)):
            self.variables[_NOISE] = tuple(told)

    def _fits(self, labels: Sequence[Label], names: Sequence[str], truth: bool) -> bool:
        """Whether all are what they should be, found out without looking at them one by one."""
        due = self._keys[truth]
        if any(label.keys() != due for label in labels):
            return False
        return all(self._column_fits(name, [label[name] for label in labels]) for name in due) and (
            truth or all(map(_belongs, labels, names))
        )

    def _column_fits(self, name: str, values: list[Any]) -> bool:
        if name in self.scalars:
            if self._each_frame(name):
                if not self._filmed(values):
                    return False
                values = list(itertools.chain.from_iterable(values))
            return set(map(type, values)) <= {self.scalars[name]} and self._scalars_fit(name, values)
        if name in self.lists:
            kind = self.lists[name]
            if self.frames is not None:
                if not self._filmed(values):
                    return False
                values = list(itertools.chain.from_iterable(values))
            return (
                set(map(type, values)) <= {list}
                and set(map(len, values)) <= {self.factors}
                and set(map(type, itertools.chain.from_iterable(values))) <= {kind}
                and (kind is float or set(itertools.chain.from_iterable(values)) <= {0, 1})
            )
        return (
            set(map(type, values)) <= {dict}
            and set(map(tuple, values)) <= {self.variables[name]}
            and self._numbers(list(itertools.chain.from_iterable(map(dict.values, values))))
            and (not name.startswith("factors") or all(self._levelled(level, values) for level in self.levels))
        )

    def _numbers(self, values: list[Any]) -> bool:
        """Whether values are numbers with a point, or lists of as many as there are frames."""
        if self.frames is None:
            return set(map(type, values)) <= {float}
        return self._filmed(values) and set(map(type, itertools.chain.from_iterable(values))) <= {float}

    def _filmed(self, values: list[Any]) -> bool:
        """Whether values are lists of as many things as there are frames."""
        return set(map(type, values)) <= {list} and set(map(len, values)) <= {self.frames}

    def _each_frame(self, name: str) -> bool:
        """Whether something that is no variable is told of each frame."""
        return name == "domain" and self.changing

    def _scalars_fit(self, name: str, values: list[Any]) -> bool:
        if name in self.kinds:
            return set(values) <= self.kinds[name]
        return name != "domain" or all(0 <= value < self.environments for value in values)

    def _levelled(self, name: str, values: Sequence[Mapping[str, float]]) -> bool:
        """Whether a categorical factor has the number of one of its levels everywhere."""
        found = map(operator.itemgetter(name), values)
        return set(found if self.frames is None else itertools.chain.from_iterable(found)) <= self.levels[name]

    def _checked(self, label: Label, name: str, truth: bool) -> Label:
        """A label without what nobody knows.

        Raises:
            ScmgenError: if it does not fit.
        """
        for problem in self._problems(label, name, truth):
            raise ScmgenError(f"{name}{'' if truth else LABEL.suffix}: {problem}")
        due = self._keys[truth]
        return {name: value for name, value in label.items() if name in due}

    def _problems(self, label: Label, name: str, truth: bool) -> Iterator[str]:
        for due in sorted(self._keys[truth]):
            if due not in label:
                yield f"{due!r} is missing"
            elif not self._column_fits(due, [label[due]]):
                yield f"{due}: {self._needed(due).rstrip(',')} is needed, found {label[due]!r:.80}"
        if not truth and not _belongs(label, name):
            told = key(label["split"], label["index"])
            yield f"split and index say that it belongs to {told[:80]!r}"

    def _needed(self, name: str) -> str:
        if name in self.kinds:
            return f"a kind that the manifest counts ({', '.join(sorted(self.kinds[name]))[:200]})"
        if name in self.scalars:
            most = f" from 0 to {self.environments - 1}" if name == "domain" else ""
            each = f"{self.frames} times " if self._each_frame(name) else ""
            return each + {int: f"a whole number{most}", str: "text"}[self.scalars[name]]
        if name in self.lists:
            each = "" if self.frames is None else f"{self.frames} times "
            things = "numbers with a point" if self.lists[name] is float else "zeros and ones"
            return f"{each}a list of {self.factors} {things}"
        names = ", ".join(self.variables[name])
        levels = ", that of a level for a categorical one," if name.startswith("factors") and self.levels else ","
        each = "a number with a point" if self.frames is None else f"a list of {self.frames} numbers with a point"
        return f"{each} for each of {names[:200] or 'its variables'}, in this order{levels}"


def of(manifest: Manifest) -> Form:
    """The form of the labels of a data set."""
    names, hidden = tuple(manifest.factors), manifest.hidden
    steps = ["" if step == 1 else str(step) for step in range(1, len(manifest.recipe.interventions) + 1)]
    variables = {f"factors{world}": names for world in ("", *(f"_cf{step}" for step in steps))}
    scalars: dict[str, type] = {"index": int, "split": str}
    if hidden:
        variables |= {f"hidden{world}": hidden for world in ("", *(f"_cf{step}" for step in steps))}
    if manifest.origin == "imported":
        scalars["source"] = str
    else:
        variables[_NOISE] = ()
    if manifest.environments:
        scalars["domain"] = int
    scalars |= {f"do_kind{step}": str for step in steps}
    lists: dict[str, type] = {f"do_mask{step}": int for step in steps}
    lists |= {f"do_{what}{step}": float for what in ("value", "scale", "shift") for step in steps}
    levels = {
        name: frozenset(map(float, range(len(factor.levels))))
        for name, factor in manifest.factors.items()
        if factor.levels
    }
    apart = frozenset(f"{name}{step}" for name in _WITHHELD[manifest.recipe.labels] for step in steps)
    known = apart & {*variables, *scalars, *lists}
    kinds = {f"do_kind{step}": frozenset(told) for step, told in zip(steps, manifest.kinds, strict=True)}
    environments, frames = len(manifest.environments), manifest.frames
    changing = any(environment.at is not None for environment in manifest.recipe.environments)
    return Form(variables, lists, scalars, len(names), environments, levels, kinds, known, frames, changing)


def _belongs(label: Label, name: str) -> bool:
    """Whether a label says itself which sample it is of."""
    return name.endswith(key(label["split"], label["index"]))
