"""What a data set is made from, as data: what a generated and an imported one have in common.

Whoever builds, publishes or checks a data set asks its :class:`Content` and need not know which of the two it is.
What only a generated one has is empty in an imported one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from scmgen.dataset.identity import Origin
from scmgen.dataset.spec import Disclosure
from scmgen.render.frame import Frame
from scmgen.scene.domain import Valued


class Described(Valued, Protocol):
    """A factor in words and units: of a scene, of a table, or of a manifest."""

    @property
    def unit(self) -> str:
        """The unit of its values, 1 if they have none."""

    @property
    def long_name(self) -> str:
        """What it means, or nothing."""


class Content(Protocol):
    """Everything that the bytes of a data set depend on, and what is only said of it."""

    @property
    def origin(self) -> Origin:
        """Whether it was sampled and drawn here, or its images come from elsewhere."""

    @property
    def part(self) -> str:
        """Where a manifest holds the content: ``spec`` or ``source``; its hash stands beside it."""

    @property
    def name(self) -> str:
        """What the data set is called."""

    @property
    def version(self) -> int:
        """Its version: a changed sample raises it."""

    @property
    def license(self) -> str:
        """SPDX identifier of its licence."""

    @property
    def description(self) -> str:
        """What it shows."""

    @property
    def citation(self) -> str:
        """Whom to cite."""

    @property
    def frame(self) -> Frame:
        """The frame of each image."""

    @property
    def shard_size(self) -> int:
        """Samples a shard."""

    @property
    def n(self) -> int:
        """Samples in all splits together."""

    @property
    def factors(self) -> Mapping[str, Described]:
        """What a model should recover, in order."""

    @property
    def waives(self) -> Mapping[str, str]:
        """Conditions that it does not meet, with reasons."""

    @property
    def labels(self) -> Disclosure:
        """What labels tell of the intervention; a file beside the shards holds the rest."""

    @property
    def plugins(self) -> Mapping[str, str]:
        """Sums of the plug-ins that it needs."""

    @property
    def embeds(self) -> Mapping[str, str]:
        """Pictures that stand beside the shards, and the licence of each."""

    @property
    def hash(self) -> str:
        """Sha256 of the identity."""

    def data(self) -> dict[str, Any]:
        """The content as plain JSON."""

    def identity(self) -> dict[str, Any]:
        """What makes a sample what it is: all but what is only said of the data set."""

    def sizes(self) -> dict[str, int]:
        """Samples a split."""


def called(content: Content) -> str:
    """What messages call a data set: its name, and the beginning of its hash."""
    return f"{content.name!r} ({NOUNS[content.origin]} {content.hash[:12]})"


NOUNS: Mapping[Origin, str] = {"generated": "spec", "imported": "import"}
"""What messages call the content of each origin."""
