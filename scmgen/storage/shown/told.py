"""What is told of a data set: all that its manifest knows, without a look into its shards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scmgen.dataset.members import IMAGE, LABEL, Member
from scmgen.render.frame import Frame, Size
from scmgen.scm.graph import CausalGraph
from scmgen.storage.manifest import Manifest
from scmgen.storage.places.place import Folder
from scmgen.terminal import listed

if TYPE_CHECKING:
    from scmgen.storage.loading.normalisation import Normalisation


def graph_of(manifest: Manifest) -> CausalGraph | None:
    """The causal graph over the factors that a manifest tells, or None if it is not known."""
    if manifest.graph is None:
        return None
    told = manifest.graph.factors
    graph = CausalGraph()
    graph.add_nodes_from((node.id, {"constant": True} if node.constant else {}) for node in told.nodes)
    for link in told.edges:
        graph.add_edge(link.source, link.target, kind=link.kind, **({} if link.lag is None else {"lag": link.lag}))
    return graph


@dataclass(frozen=True)
class Told:
    """A data set as its manifest tells it.

    Attributes:
        place: where it lies.
        manifest: all that is told of it (docs/reference/format.md), typed; subscripted it gives plain JSON.
    """

    place: Folder
    manifest: Manifest

    def __repr__(self) -> str:
        facts = f"{sizes(self.splits)}; {self.frame.px}; {listed(self.members)}"
        return f"<Data {self.name} in {str(self.place)!r}: {facts}; factors {listed(list(self.factors))}>"

    @property
    def name(self) -> str:
        """What the data set is called."""
        return self.manifest.name

    @property
    def splits(self) -> dict[str, int]:
        """Samples a split."""
        return dict(self.manifest.splits)

    @property
    def size(self) -> Size:
        """Pixels a side, or width and height where these differ."""
        return self.manifest.size

    @property
    def frame(self) -> Frame:
        """The frame of each image: its width, height and channels."""
        return self.manifest.frame

    @property
    def factors(self) -> dict[str, dict[str, Any]]:
        """For each factor its type, unit, range, levels, and mean, std, min and max over all factual samples."""
        return dict(self.manifest["factors"])

    @property
    def members(self) -> tuple[str, ...]:
        """The members of a sample that are images: ``image``, ``image_cf``, ``mask``, ..."""
        listed = map(Member.of, self.manifest.members)
        return tuple(member.name for member in listed if member != LABEL)

    @property
    def worlds(self) -> tuple[str, ...]:
        """``factual``, and ``cf``, ``cf2``, ... for the steps of an intervention."""
        pictured = map(Member.named, self.members)
        return tuple(member.world for member in pictured if member.kind == IMAGE.kind)

    @property
    def normalisation(self) -> Normalisation:
        """What scales factors and images to mean 0 and standard deviation 1, and back."""
        from scmgen.storage.loading import normalisation

        return normalisation.of(self.manifest)

    @property
    def graph(self) -> CausalGraph | None:
        """The causal graph over the factors; an edge's ``kind`` is ``directed`` or ``bidirected``. None if unknown."""
        return graph_of(self.manifest)


def sizes(splits: dict[str, int]) -> str:
    """How many samples each split has.

    >>> sizes({"train": 8000, "test": 100})
    'train 8,000, test 100'
    """
    return listed([f"{split} {count:,}" for split, count in splits.items()])
