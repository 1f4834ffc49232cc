"""What the parts of a manifest must agree on, so that whoever reads one part may rely on another.

Each part has its form already (:mod:`scmgen.storage.entries`); whether the parts are *true* is what
``scmgen verify`` recomputes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scmgen.dataset.labels import truth_name
from scmgen.dataset.members import IMAGE, LABEL, Member
from scmgen.errors import ScmgenError, suggestion
from scmgen.render.frame import Frame
from scmgen.storage import tar

if TYPE_CHECKING:
    from scmgen.storage.entries import GraphPart, ShardEntry
    from scmgen.storage.manifest import Manifest

LONGEST_LABEL = 4 << 20  # bytes of a label or of what it withholds


def problems(manifest: Manifest) -> Iterator[str]:
    """What does not fit together, each with its place in the document."""
    yield from _content(manifest)
    yield from _members(manifest)
    yield from _shards(manifest)
    yield from _sizes(manifest)
    if manifest.graph is not None:
        yield from _graph(manifest.graph, list(manifest.factors))


def largest(manifest: Manifest, shard: ShardEntry) -> int:
    """Bytes that the samples of a shard can take at most: no PNG need be larger than its pixels and their filters."""
    sample = sum(_most(member, manifest.frame) + 2 * tar.BLOCK for member in map(Member.of, manifest.members))
    return shard.samples * sample + len(tar.END)


def _most(member: Member, frame: Frame) -> int:
    """Bytes of a member: a label's, or a little more than those of an image that is stored as it is, 16 bits deep."""
    return LONGEST_LABEL if member == LABEL else 2 * frame.strip.height * (1 + 4 * frame.width) + 4096


def _content(manifest: Manifest) -> Iterator[str]:
    if manifest.origin == "generated":
        for part in ("spec", "graph"):
            if getattr(manifest, part) is None:
                yield f"{part}: a generated data set has one, found None"
    steps = len(manifest.recipe.interventions)
    for key in ("targets", "kinds"):
        if len(getattr(manifest, key)) != steps:
            yield f"{key}: an entry a step is due, {steps} in all, found {len(getattr(manifest, key))}"
    for part in ("mean", "std"):
        due, found = 1 if manifest.frame.grey else 3, len(getattr(manifest.pixels, part))
        if found != due:
            yield f"pixels.{part}: {due} for images that are {manifest.channels}, found {found}"
    shared = [name for name in manifest.hidden if name in manifest.factors]
    if shared:
        yield f"hidden: {shared[0]!r} is a factor"


def _members(manifest: Manifest) -> Iterator[str]:
    for number, suffix in enumerate(manifest.members):
        try:
            known = Member.of(suffix).suffix == suffix
        except ScmgenError:
            known = False
        if not known:
            yield f"members.{number}: no member of a sample ends in {suffix!r}"
        elif suffix in manifest.members[:number]:
            yield f"members.{number}: {suffix!r} is listed twice"
    for member in (IMAGE, LABEL):
        if member.suffix not in manifest.members:
            yield f"members: every sample has {member.suffix!r}"


def _shards(manifest: Manifest) -> Iterator[str]:
    listed: set[str] = set()
    for number, shard in enumerate(manifest.shards):
        if shard.name in listed:
            yield f"shards.{number}.name: {shard.name!r} is listed twice"
        listed.add(shard.name)
        if shard.split not in manifest.splits:
            hint = suggestion(shard.split, manifest.splits)
            yield f"shards.{number}.split: no split {shard.split!r}; {hint}"
        if shard.truth is not None and shard.truth.name != truth_name(shard.name):
            yield f"shards.{number}.truth.name: {truth_name(shard.name)!r} is due, found {shard.truth.name!r}"


def _sizes(manifest: Manifest) -> Iterator[str]:
    """Samples and bytes: memory is asked for by what is told here, before a shard is read."""
    held: Counter[str] = Counter()
    for number, shard in enumerate(manifest.shards):
        held[shard.split] += shard.samples
        least = shard.samples * len(manifest.members) * tar.BLOCK
        if not least <= shard.bytes <= largest(manifest, shard):
            told = f"{shard.samples} samples of {len(manifest.members)} members"
            between = f"between {least:,} and {largest(manifest, shard):,}"
            yield f"shards.{number}.bytes: {told} take {between}, found {shard.bytes:,}"
        if shard.truth is not None and shard.truth.bytes > shard.samples * LONGEST_LABEL:
            yield f"shards.{number}.truth.bytes: at most {shard.samples * LONGEST_LABEL:,}, found {shard.truth.bytes:,}"
    for split, samples in manifest.splits.items():
        if held[split] != samples:
            yield f"splits.{split}: {samples} samples, but its shards hold {held[split]}"


def _graph(graph: GraphPart, factors: list[str]) -> Iterator[str]:
    """The graph is over the factors, and every matrix is square."""
    nodes = [node.id for node in graph.factors.nodes]
    if nodes != factors:
        yield f"graph.factors.nodes: the factors are due, in their order, found {nodes!r:.80}"
    if list(graph.adjacency.names) != factors:
        yield f"graph.adjacency.names: the factors are due, in their order, found {graph.adjacency.names!r:.80}"
    for name in ("directed", "bidirected"):
        matrix = getattr(graph.adjacency, name)
        if [len(row) for row in matrix] != [len(factors)] * len(factors):
            yield f"graph.adjacency.{name}: {len(factors)} rows of {len(factors)} numbers are due"
    for part in ("full", "factors"):
        linked = getattr(graph, part)
        known = {node.id for node in linked.nodes}
        for number, link in enumerate(linked.edges):
            for end in ("source", "target"):
                if getattr(link, end) not in known:
                    yield f"graph.{part}.edges.{number}.{end}: no node {getattr(link, end)!r}"
