"""The manifest: all that anybody needs to recompute every latent and re-render every image.

It is written last; a place without one is not (yet) a data set. :class:`Manifest` is what one says, typed: code
here reads attributes, and whoever subscripts it gets plain JSON as it stands in the file.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field, TypeAdapter, ValidationError

from scmgen.dataset import catalogue
from scmgen.dataset.content import Content
from scmgen.dataset.identity import Origin
from scmgen.dataset.spec import FORMAT, Spec
from scmgen.errors import ScmgenError
from scmgen.render.frame import Frame, told
from scmgen.scene import document, plugins
from scmgen.storage import agreement, layout
from scmgen.storage.entries import (
    ChannelOrder,
    Channels,
    Combination,
    Count,
    FactorEntry,
    Fingerprint,
    FrameCount,
    FrameSize,
    GraphPart,
    SceneEntry,
    ShardEntry,
    Some,
    SpecEntry,
    Sum,
    Text,
)
from scmgen.storage.imported import ImportedSpec
from scmgen.storage.names import DataSetName, MemberSuffix, SplitName, Variable
from scmgen.storage.places.place import Folder, folder

FILE = layout.MANIFEST
LARGEST_FILE = 64 << 20  # bytes of a manifest: those of 100,000 shards fit in
MOST_SAMPLES = 10**9  # of a split


@dataclass(frozen=True, eq=False)
class Manifest(Mapping[str, Any]):
    """What a manifest says (docs/reference/format.md), typed; as a mapping it is the JSON of the file.

    ``manifest.shards[0].samples`` is typed, ``manifest["shards"][0]["samples"]`` is not and says the same. Keys that
    are unknown here stay in the mapping: a later scmgen may say more in the same format.

    Attributes:
        fingerprint: the part ``content``.
        plain: the JSON.
    """

    format: Literal[1]
    origin: Origin
    name: DataSetName
    size: FrameSize
    splits: Annotated[dict[SplitName, Annotated[int, Field(ge=1, le=MOST_SAMPLES, strict=True)]], Field(min_length=1)]
    members: Annotated[tuple[MemberSuffix, ...], Field(min_length=1)]
    pixels: Channels
    factors: Annotated[dict[Variable, FactorEntry], Field(min_length=1)]
    graph: GraphPart | None
    shards: Annotated[tuple[ShardEntry, ...], Field(min_length=1)]
    digest: Sum
    plain: dict[str, Any] = field(repr=False)
    channels: ChannelOrder = "rgb"
    frames: FrameCount | None = None
    version: Some = 1
    description: Text = ""
    citation: Text = ""
    license: Text = ""
    waives: dict[str, Text] = field(default_factory=dict)
    spec: SpecEntry | None = None
    spec_hash: Sum | None = None
    source: dict[str, Any] | None = None
    source_hash: Sum | None = None
    fingerprint: Annotated[Fingerprint | None, Field(alias="content")] = None
    groups: dict[str, Some] = field(default_factory=dict)
    hidden: tuple[Variable, ...] = ()
    environments: tuple[Text, ...] = ()
    targets: tuple[dict[str, Count], ...] = ()
    kinds: tuple[dict[str, Count], ...] = ()
    combinations: dict[str, tuple[Combination, ...]] = field(default_factory=dict)
    plugins: dict[str, Text] = field(default_factory=dict)
    software: dict[str, Text] = field(default_factory=dict)

    def __repr__(self) -> str:
        return (
            f"<Manifest {self.name}: {self.samples:,} samples, {len(self.factors)} factors, {len(self.shards)} shards>"
        )

    def __getitem__(self, key: str) -> Any:
        return self.plain[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.plain)

    def __len__(self) -> int:
        return len(self.plain)

    def data(self) -> dict[str, Any]:
        """The manifest as plain JSON."""
        return self.plain

    @property
    def frame(self) -> Frame:
        """The frame of each image."""
        return told(self.size, self.channels == "grey", self.frames)

    @property
    def clock(self) -> list[float]:
        """When each frame of a clip is: its number times ``dt``, a parameter that is 1 if there is none."""
        dt = {"dt": 1.0, **self.recipe.scene.parameters, **self.recipe.parameters}["dt"]
        return [frame * dt for frame in range(self.frames or 0)]

    @property
    def samples(self) -> int:
        """Samples in all splits together."""
        return sum(self.splits.values())

    @property
    def bytes(self) -> int:
        """Bytes of all shards together."""
        return sum(shard.bytes for shard in self.shards)

    @property
    def recipe(self) -> SpecEntry:
        """The spec; of an imported set one that says nothing."""
        return self.spec or SpecEntry(SceneEntry({}))

    def of_split(self, split: str) -> list[ShardEntry]:
        """The shards of a split, in order."""
        return [shard for shard in self.shards if shard.split == split]

    @functools.cached_property
    def starts(self) -> dict[str, int]:
        """By the name of a shard: the position of its first sample in its split."""
        at, starts = dict.fromkeys(self.splits, 0), {}
        for shard in self.shards:
            starts[shard.name] = at[shard.split]
            at[shard.split] += shard.samples
        return starts


_TYPED = TypeAdapter(Manifest)


def typed(data: Mapping[str, Any], where: str) -> Manifest:
    """Give a manifest its types; ``where`` is named where something does not fit.

    Raises:
        ScmgenError: with the place in the document, what was found, and what is allowed.
    """
    try:
        manifest = _TYPED.validate_python({**data, "plain": data})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, document.spelt(first["loc"])))
        raise ScmgenError(f"{where}: {place}: {document.misfit(first)}") from None
    for problem in agreement.problems(manifest):
        raise ScmgenError(f"{where}: {problem}")
    return manifest


def digest(data: Mapping[str, Any]) -> str:
    """Sha256 of a manifest's canonical JSON without its own digest."""
    rest = {key: value for key, value in data.items() if key != "digest"}
    return hashlib.sha256(orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _told(data: Mapping[str, Any], path: str) -> str:
    """The digest of a stranger's manifest, which may be nested deeper than JSON is ever written."""
    try:
        return digest(data)
    except orjson.JSONEncodeError:
        raise ScmgenError(f"{path}: damaged: nested too deeply") from None


def signed(data: Mapping[str, Any]) -> Manifest:
    """The manifest that says this, its digest added: what a reader of its file gets."""
    whole = orjson.loads(orjson.dumps({**data, "digest": digest(data)}))
    return typed(whole, f"{data['name']}: {FILE}")


def read(where: str | Path | Folder) -> Manifest:
    """Read the manifest of a data set: of a directory, or of a URL as text.

    Raises:
        ScmgenError: if there is none, it is damaged or edited, of another format, or does not say what one says.
    """
    place = folder(where)
    try:
        return parse(place.read(FILE, LARGEST_FILE), place)
    except FileNotFoundError:
        raise ScmgenError(f"{place}: not a data set: {_lacking(place)}") from None
    except OSError as error:
        raise ScmgenError(f"{place}/{FILE}: cannot be read: {error.strerror or error}") from None


def _lacking(place: Folder) -> str:
    """Why a place without a manifest is none, and what makes it one."""
    there = place.names()
    if layout.MARKER in there:
        return f"it has no {FILE} (a build was begun here: run it again)"
    if there:
        return f"it has no {FILE}"
    known = str(place) in catalogue.entries()
    return "nothing is there" + (f"; `scmgen build {place}` writes one" if known else "")


def parse(text: bytes, place: Folder) -> Manifest:
    """Read the text of a manifest; ``place`` is named where it is damaged, edited, or of another format."""
    path = f"{place}/{FILE}"
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ScmgenError(f"{path}: damaged: not valid JSON ({error})") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        stated = data.get("format") if isinstance(data, dict) else type(data).__name__
        raise ScmgenError(f"{path}: format {stated!r}; this scmgen reads format {FORMAT}")
    if data.get("digest") != _told(data, path):
        raise ScmgenError(
            f"{path}: changed since it was written (its digest does not match); build again with --force to restore it"
        )
    return typed(data, path)


def spec_of(manifest: Manifest, where: str | Path | Folder) -> Spec:
    """The spec that a generated data set was made from.

    Raises:
        ScmgenError: if it cannot be read, or the data set was imported and has none.
    """
    content = content_of(manifest, where)
    if not isinstance(content, Spec):
        raise ScmgenError(f"{where}: an imported data set: its images were not made from equations")
    return content


def content_of(data: Mapping[str, Any], where: str | Path | Folder) -> Content:
    """What a data set was made from, which a manifest or ``.build.json`` holds.

    Raises:
        ScmgenError: if it is missing or cannot be read, with the place in it; a spec may hold kinds of intervention
            that only its plug-ins know.
    """
    made = next((kind for kind in (ImportedSpec, Spec) if data.get(kind.part)), Spec)
    try:
        return made.model_validate(data.get(made.part))
    except ValidationError as error:
        missing, (place, problem) = lacking(data), document.explain(made, error)
        damaged = f"{'.'.join(map(str, (made.part, *place)))}: {problem}"
        raise ScmgenError(f"{where}: {plugins.needed(missing) if missing else damaged}") from None


def lacking(data: Mapping[str, Any]) -> list[str]:
    """The plug-ins that the spec of a manifest or ``.build.json`` names and that this process has not run."""
    spec = data.get("spec")
    sums = spec.get("plugins") if isinstance(spec, dict) else None
    return plugins.lacking(sums) if isinstance(sums, dict) else []
