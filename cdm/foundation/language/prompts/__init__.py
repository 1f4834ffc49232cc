"""The questions that language models are asked: one text file a stage, and one version of all of them.

Whoever changes a text raises the version; both it and the sum of the texts stand in every report.
"""

from __future__ import annotations

import functools
import hashlib
from importlib import resources
from string import Template

VERSION = 1
STAGES = ("system", "describe", "concepts", "edges", "propose", "intervene", "propagate", "keep", "judge", "again")


def question(stage: str, **words: object) -> str:
    """The text of a stage, with words in their places.

    What a word holds is not looked at for places of its own: models and users write them.
    """
    return Template(_text(stage)).substitute(words)


@functools.cache
def digest() -> str:
    """Sha256 of all texts, in the order of the stages."""
    return hashlib.sha256("\0".join(map(_text, STAGES)).encode()).hexdigest()


@functools.cache
def _text(stage: str) -> str:
    return resources.files(__package__).joinpath(f"{stage}.txt").read_text("utf-8").strip()
