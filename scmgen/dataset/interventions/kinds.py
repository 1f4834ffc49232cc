"""Kinds of intervention: what a kind says of itself, and the registry of all of them.

A kind is a class in a file of its own: its document, whom it may target, what it does to a target, and how it is
spelled. Nothing outside its file knows it by name; a plug-in adds one with :func:`intervention`.

Whatever a kind does comes down to the affine table of :class:`scmgen.scm.model.Affine`: a stochastic do is a
hard one whose value comes from the do-stream, and a mechanism change is recorded as the value that the other
equation gave. So one table and one noise reproduce every counterfactual.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from scmgen.dataset.interventions.before import Before
from scmgen.dataset.interventions.table import NONE, DoTable, table
from scmgen.dataset.interventions.targets import Sets, Targeting, check_names, possible
from scmgen.errors import ScmgenError
from scmgen.scene import plugins
from scmgen.scene.scene import Scene
from scmgen.scm.vocabulary import Array

if TYPE_CHECKING:
    import networkx as nx

Action: TypeAlias = Callable[[str, Before], tuple[Any, Any]]
"""Scale and shift of one target, x := scale * f(parents, u) + shift: numbers, or ``(n,)`` for every row."""

Change: TypeAlias = Callable[[Before, NDArray[np.int64]], tuple[Array, Array]]
"""Scale and shift ``(n, factors)`` of the targets that a mask names; what they say off the mask does not count."""


@dataclass(frozen=True)
class Policy:
    """One step, compiled for one scene.

    Attributes:
        step: what was compiled; ``where`` says, for errors, which step it is.
        scene: what it was compiled for.
        sets: the target sets of a large data set.
        fill: the do-table of some rows, from the world before the step.
        scenes: scenes with other equations that targets may follow; their noise is drawn too.
        parts: the steps that rows are dealt to, each to one; none if all rows follow this step.
    """

    step: Step
    scene: Scene
    where: str
    sets: Sets
    fill: Callable[[Before], DoTable]
    scenes: tuple[Scene, ...] = ()
    parts: tuple[Policy, ...] = ()

    @property
    def plain(self) -> tuple[Policy, ...]:
        """The steps that rows follow: the parts, or this step itself."""
        return self.parts or (self,)


class Step(Targeting):
    """One intervention on every sample, as data. A subclass is a kind; register it with :func:`intervention`.

    A kind gives ``kind`` its name, adds options as fields, and says what is done in :meth:`action`.

    Attributes:
        own: the option that takes what the short text writes under the name of a factor: ``hard:lamp=0.3``.
        sign: what joins several steps to one of this kind in the short text; they go to the option ``own``.
        verb: what a do is called in captions; the name of the kind if empty.
        severs: whether a target no longer follows its causes and its noise.
        follows: whether it is about what the step before it did, and so cannot be the first.
        hint: what to add to the error about a target that leaves its range.
        misnomers: other names that people try, and what to say to them.
    """

    own: ClassVar[str] = ""
    sign: ClassVar[str] = ""
    verb: ClassVar[str] = ""
    severs: ClassVar[bool] = True
    follows: ClassVar[bool] = False
    hint: ClassVar[str] = ""
    misnomers: ClassVar[Mapping[str, str]] = {}

    def eligible(self, scene: Scene, where: str) -> list[str]:
        """The factors that may be targets.

        Raises:
            ScmgenError: if the step names a factor that cannot be one.
        """
        named = self.named()
        check_names(named or (), scene, f"{where}: targets")
        return [name for name in scene.factors if named is None or name in named]

    def action(self, scene: Scene, where: str) -> Action:
        """What is done to a target, compiled for a scene.

        Raises:
            ScmgenError: if an option does not fit the scene.
        """
        raise NotImplementedError

    def compiled(self, scene: Scene, where: str) -> Policy:
        """The step, compiled for a scene; ``where`` says, for errors, which step it is.

        Raises:
            ScmgenError: if a target is unknown, hidden or unsuitable, a set holds every factor, or an
                option does not fit.
        """
        sets = possible(self, self.eligible(scene, where), scene, where)
        change = _each(self.action(scene, where), where)
        return Policy(self, scene, where, sets, self.filling(sets, change))

    def filling(self, sets: Sets, change: Change) -> Callable[[Before], DoTable]:
        """The do-table of some rows: targets chosen as the step says, and changed."""

        def fill(before: Before) -> DoTable:
            mask = self.masks(before.scene, sets, before.rows)
            scale, shift = change(before, mask)
            return table(self.kind, mask, scale, shift)

        def film(before: Before) -> DoTable:
            acting, flat = self.acting(before.rows, before.scene.frames or 1), self.filmed(before)
            mask = self.masks(before.scene, sets, flat.rows) * acting.reshape(-1, 1)
            scale, shift = (part.reshape(*acting.shape, -1) for part in change(flat, mask))
            return table(self.kind, mask.reshape(*acting.shape, -1), scale, shift)

        return lambda before: fill(before) if before.scene.frames is None else film(before)

    def graph(self, scene: Scene, targets: Collection[str]) -> nx.MultiDiGraph | None:
        """The factor graph after a do on ``targets``; None if it cuts nothing."""
        from scmgen.scm.graph import mutilated  # with networkx: a tenth of a second, which few commands need

        return mutilated(scene.factor_graph, targets) if self.severs else None


KINDS: dict[str, type[Step]] = {}

Kind = TypeVar("Kind", bound=Step)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def intervention(kind: type[Kind]) -> type[Kind]:
    """Register a kind of intervention, a subclass of :class:`Step`, under the name that its field ``kind`` has.

    Raises:
        ScmgenError: if it is no such class, does nothing, or its name is taken or no name.
    """
    where = f"plug-in intervention {getattr(kind, '__name__', kind)}"
    if not (isinstance(kind, type) and issubclass(kind, Step)):
        raise ScmgenError(f"{where}: a kind is a class that is derived from scmgen.Step")
    name = kind.model_fields["kind"].default
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        needed = 'kind: Literal["name"] = "name", a name of letters, digits and _'
        raise ScmgenError(f"{where}: its field 'kind' gives its name; write {needed}")
    if name in (*KINDS, NONE):
        raise ScmgenError(f"{where}: there is a kind of intervention {name!r} already")
    if kind.action is Step.action and kind.compiled is Step.compiled:
        raise ScmgenError(f"{where}: its method 'action' says what is done to a target; there is none")
    KINDS[name] = kind
    return kind


def find(name: object) -> type[Step] | None:
    """The kind of a name, if there is one; an installed plug-in may bring it."""
    if isinstance(name, str) and name not in KINDS:
        plugins.load_installed()
    return KINDS.get(name) if isinstance(name, str) else None


def meaning(name: str) -> type[Step]:
    """What a kind that a data set names says of itself; :class:`Step` if its plug-in was not given."""
    return KINDS.get(name, Step)


def spelled(name: str, targets: str) -> str:
    """How a do is spelled in captions: ``do(lamp = 0.3)``, ``soft(lamp)``."""
    return f"{meaning(name).verb or name}({targets})"


def _each(action: Action, where: str) -> Change:
    """Change target by target; what an action reads cannot be written to."""

    def change(before: Before, mask: NDArray[np.int64]) -> tuple[Array, Array]:
        scale, shift = np.ones(mask.shape), np.zeros(mask.shape)
        frozen = {name: np.broadcast_to(array, array.shape) for name, array in before.values.items()}
        for k, name in enumerate(before.scene.factors):
            if mask[:, k].any():
                scale[:, k], shift[:, k] = _done(action, name, replace(before, values=frozen), where)
        return scale, shift

    return change


def _done(action: Action, name: str, before: Before, where: str) -> tuple[Array, Array]:
    """Scale and shift of a target; a plug-in's mistakes become messages."""
    try:
        scale, shift = (
            np.broadcast_to(np.asarray(part, np.float64), before.rows.count) for part in action(name, before)
        )
    except ScmgenError:
        raise
    except Exception as error:
        raise ScmgenError(f"{where}: {name}: {type(error).__name__}: {error}") from error
    if not (np.isfinite(scale) & np.isfinite(shift)).all():
        raise ScmgenError(f"{where}: {name}: its scale or shift is not finite in some samples")
    return scale, shift
