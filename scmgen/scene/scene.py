"""A scene: equations, the factors worth recovering, and how they are drawn."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import orjson
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, Field

from scmgen.errors import ScmgenError
from scmgen.pictures import brought
from scmgen.render import deep
from scmgen.render.frame import Frame, Pixels, Size, framed
from scmgen.render.renderer import OURS, Locate, Renderer, World
from scmgen.scene import bounds, document, dos, fitting, mending, repeat, shown
from scmgen.scene.bounds import FRAMES
from scmgen.scene.factor import Factor, Name, Number, Text, Version
from scmgen.scene.rows import rows
from scmgen.scm.model import SCM, Do
from scmgen.scm.solving import TIME
from scmgen.scm.vocabulary import Array

if TYPE_CHECKING:
    import networkx as nx
    import xarray
    from PIL import Image

    from scmgen.scm.graph import CausalGraph


class SceneDocument(BaseModel):
    """A scene file, as data, its ``repeat`` blocks written out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    version: Version = 1
    description: str = ""
    citation: str = ""
    frames: Annotated[int, Field(ge=2, le=FRAMES)] | None = None  # of each clip, if the scene moves
    parameters: dict[str, Number] = {}
    equations: Annotated[dict[str, Text], Field(min_length=1)]
    factors: Annotated[dict[str, Factor], Field(min_length=1)]
    free: tuple[str, ...] = ()  # factors whose equations a sampled causal model may replace
    pictures: dict[str, fitting.Pictures] = {}
    meshes: tuple[str, ...] = ()
    renderer: str = OURS
    stage: dict[str, Any] | None = None
    draw: fitting.Marks = ()

    def data(self) -> dict[str, Any]:
        """The document as plain JSON, defaults left out: what a manifest holds."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def __repr__(self) -> str:
        return f"<SceneDocument {self.name}: {len(self.equations)} equations, {len(self.factors)} factors>"

    __str__ = __repr__


@dataclass(frozen=True)
class Scene:
    """A compiled scene. Build one with :func:`compile_scene` or :func:`scmgen.load_scene`."""

    document: SceneDocument
    scm: SCM
    renderer: Renderer

    def __repr__(self) -> str:
        return f"<Scene {self.name}: {shown.sizes(self)}>"

    def _repr_html_(self) -> str:
        return shown.page(self)

    @property
    def name(self) -> str:
        """The scene's name."""
        return self.document.name

    @property
    def factors(self) -> dict[str, Factor]:
        """The factors, in declared order."""
        return self.document.factors

    @property
    def frames(self) -> int | None:
        """How many frames a clip has; None if the scene stands still."""
        return self.scm.frames

    @functools.cached_property
    def hidden(self) -> tuple[str, ...]:
        """Every variable that is no factor."""
        return tuple(name for name in self.scm.variables if name not in self.factors)

    @functools.cached_property
    def nuisance(self) -> tuple[str, ...]:
        """The variables whose noise reaches no factor: what varies in images and is not to be learned."""
        import networkx as nx

        reaching = {*self.factors}.union(*(nx.ancestors(self.graph, name) for name in self.factors))
        return tuple(name for name in self.scm.exogenous if name not in reaching)

    @property
    def graph(self) -> nx.DiGraph:
        """The full causal graph over all variables."""
        return self.scm.graph

    @functools.cached_property
    def factor_graph(self) -> CausalGraph:
        """The latent projection onto the factors; see :func:`scmgen.scm.graph.factor_graph`."""
        from scmgen.scm.graph import factor_graph

        return factor_graph(self.scm, list(self.factors))

    @functools.cached_property
    def full_graph(self) -> CausalGraph:
        """The graph over all variables, hidden ones marked; see :func:`scmgen.scm.graph.full_graph`."""
        from scmgen.scm.graph import full_graph

        return full_graph(self.scm, self.factors)

    def noise(self, n: int, seed: int = 0, split: str = "train", start: int = 0) -> dict[str, Array]:
        """Draw exogenous noise: variable -> ``(n,)`` uniforms; see :meth:`scmgen.scm.model.SCM.noise`."""
        return self.scm.noise(n, seed, split, start)

    def sample(
        self,
        n: int,
        seed: int = 0,
        split: str = "train",
        start: int = 0,
        do: Do | None = None,
        *,
        allow_ood: bool = False,
    ) -> xarray.Dataset:
        """Draw ``n`` samples, under an intervention if ``do`` is given, as :meth:`counterfactual` takes it.

        Returns:
            A data set with one variable ``(sample,)`` for each variable of the scene (attributes:
            units, long_name, role and the factor's domain) and ``noise (sample, exogenous)``; of a scene that
            moves ``(sample, time)`` and ``(sample, time, exogenous)``.

        Raises:
            ScmgenError: if n is below 1, the do does not fit, or the scene gives values that are not finite.
        """
        if n < 1:
            raise ScmgenError(f"n must be at least 1, found {n}")
        return self.counterfactual(self.noise(n, seed, split, start), do, allow_ood=allow_ood)

    def counterfactual(
        self, noise: Mapping[str, ArrayLike] | xarray.Dataset, do: Do | None = None, *, allow_ood: bool = False
    ) -> xarray.Dataset:
        """Compute what would have been under ``do`` with the same noise.

        Args:
            noise: variable -> ``(n,)`` uniforms, or a data set from :meth:`sample`.
            do: variable -> value (scalar or ``(n,)``; a level by its name or number), or an :class:`scmgen.Affine`
                for shifts and scalings.
            allow_ood: let the do leave the ranges of the factors; a level that does not exist is always refused.

        Raises:
            ScmgenError: if the noise or the do does not fit, or a value is outside its range.
        """
        uniforms, table = self._uniforms(noise), dos.numbers(self.factors, do or {})
        values = self.scm.solve(uniforms, table)
        dos.check(self.factors, table, values, allow_ood)
        return self._labelled(values, uniforms)

    def render(self, values: Mapping[str, ArrayLike] | xarray.Dataset, size: Size | Frame = 64) -> Pixels:
        """Draw values: ``(n, height, width, 3)`` uint8, or ``(n, frames, ...)``: an oracle of counterfactuals.

        Args:
            values: every variable that the drawing reads, ``(n,)`` each, or ``(n, frames)``.
            size: pixels a side, 16 to 1024; width and height; or a frame, of which a grey one gives ``(n, height,
                width)``.
        """
        still = framed(size).still
        return self._clips(still.coded(self.renderer.draw(self.world(values), still)))

    def show(
        self, do: Do | None = None, *, n: int = 3, seed: int = 0, size: Size | Frame = 128, allow_ood: bool = False
    ) -> Image.Image:
        """Draw the first ``n`` samples of a seed, each beside what it would have been under ``do``, as one picture.

        A notebook shows what is returned, ``.show()`` opens it and ``.save("x.png")`` keeps it.

        Raises:
            ScmgenError: as :meth:`sample`, :meth:`counterfactual` and :meth:`render`.
        """
        return shown.sheet(self, do, n, seed, size, allow_ood)

    def masks(self, values: Mapping[str, ArrayLike] | xarray.Dataset, size: Size | Frame = 64) -> Pixels:
        """Draw segmentation masks ``(n, height, width)``: g + 1 where group g of the drawing is on top."""
        return self._clips(self.renderer.masks(self.world(values), framed(size).still))

    def depth(self, values: Mapping[str, ArrayLike] | xarray.Dataset, size: Size | Frame = 64) -> deep.Array:
        """How far away what is seen is ``(n, height, width)``, in lengths along the camera's view; 0 is nothing."""
        return self._clips(deep.known(self.renderer, self.name).depth(self.world(values), framed(size).still))

    def normals(self, values: Mapping[str, ArrayLike] | xarray.Dataset, size: Size | Frame = 64) -> deep.Array:
        """The way it faces ``(n, height, width, 3)`` along x, y and z of the stage, of length 1; 0s are nothing."""
        return self._clips(deep.known(self.renderer, self.name).normals(self.world(values), framed(size).still))

    def _clips(self, images: deep.Drawn) -> deep.Drawn:
        """Images of all frames of all samples, sample by sample."""
        return images if self.frames is None else images.reshape(-1, self.frames, *images.shape[1:])

    def world(self, values: Mapping[str, ArrayLike] | xarray.Dataset) -> World:
        """All that the renderer may read: values as ``(n,)`` arrays, a row a frame, parameters, levels, ``time``.

        Raises:
            ScmgenError: if a variable that the drawing reads is missing, or lengths differ.
        """
        known = {**self.scm.parameters, **self.scm.constants}
        missing = sorted(name for name in self.renderer.reads - {TIME} if name not in values and name not in known)
        if missing:
            raise ScmgenError(f"the drawing of {self.name} also reads {', '.join(missing)}")
        told = {name: values[name] for name in self.scm.variables if name in values}
        return {**{name: np.float64(value) for name, value in known.items()}, **rows(told, self.frames)}

    def changed(
        self,
        equations: Mapping[str, str] | None = None,
        parameters: Mapping[str, float] | None = None,
        where: str = "replace",
    ) -> Scene:
        """Give the scene with replaced equations (a mechanism change) or parameters."""
        if not equations and not parameters:
            return self
        return Scene(self.document, self.scm.replace(equations, parameters, where), self.renderer)

    def placed(self, locate: Locate) -> Scene:
        """A copy, with graphs of its own, whose errors name the places of another text of its document."""
        where = [locate(("equations", key)) for key in self.document.equations]
        return Scene(self.document, self.scm.placed(where), self.renderer.placed(locate))

    def _uniforms(self, noise: Any) -> dict[str, Array]:
        if hasattr(noise, "data_vars"):
            if "noise" not in noise:
                raise ScmgenError("this data set holds no noise; counterfactuals need that of sample()")
            return {str(name): noise["noise"].sel(exogenous=name).values for name in noise["exogenous"].values}
        return {name: np.atleast_1d(np.asarray(u, np.float64)) for name, u in noise.items()}

    def _labelled(self, values: Mapping[str, Array], noise: Mapping[str, Array]) -> xarray.Dataset:
        import xarray

        along = ("sample",) if self.frames is None else ("sample", TIME)
        table = {name: (along, array, self._attributes(name)) for name, array in values.items()}
        stacked = (*along, "exogenous"), np.stack(list(noise.values()), axis=-1), {"long_name": "exogenous uniforms"}
        clock = {} if self.frames is None else {TIME: self.scm.clock}
        return xarray.Dataset({**table, "noise": stacked}, {"exogenous": list(noise), **clock}, {"scene": self.name})

    def _attributes(self, name: str) -> dict[str, Any]:
        factor = self.factors.get(name)
        if factor is None:
            return {"role": "hidden"}
        said = {"role": "factor", "units": factor.unit, "long_name": factor.long_name or name}
        return {**said, **factor.domain.attributes()}


def compile_scene(parsed: SceneDocument, locate: Locate | None = None) -> Scene:
    """Compile a scene document, once a process; ``locate`` turns a place in it into words for errors.

    Raises:
        ScmgenError: of all that does not fit, each with its place.
    """
    place = locate or (lambda path: f"{parsed.name}: {'.'.join(map(str, path))}")
    bounds.check(parsed, place)
    for name, pictures in parsed.pictures.items():
        if pictures.labels and name in brought.BANKS and not brought.BANKS[name].labelled:
            raise ScmgenError(
                f"{place(('pictures', name))}: classes are needed; the pictures that were given have none"
            )
    return _once(_Text(orjson.dumps(parsed.data()), parsed, place)).placed(place)


@dataclass(frozen=True)
class _Text:
    """A document, wherever it stands: what it says decides whether it is another one."""

    json: bytes
    parsed: SceneDocument = field(compare=False)
    locate: Locate = field(compare=False)


@functools.lru_cache(maxsize=16)
def _once(text: _Text) -> Scene:
    parsed, place = text.parsed, text.locate
    return Scene(parsed, *fitting.fitted(parsed, place))


def read_scene(source: document.Document) -> Scene:
    """Compile the scene that a YAML document holds, its ``repeat`` blocks written out."""
    plain = repeat.expand(source)
    return mending.made(SceneDocument, plain, compile_scene, fitting.stand_in, also=("repeat",))
