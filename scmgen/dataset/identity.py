"""What tells one data set from another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import orjson

Origin: TypeAlias = Literal["generated", "imported"]
"""Whether a data set was sampled and drawn here, or its images come from elsewhere."""


def hash_of(identity: Mapping[str, Any]) -> str:
    """Sha256 of an identity as canonical JSON: two data sets of one hash are prefixes of each other."""
    return hashlib.sha256(orjson.dumps(identity, option=orjson.OPT_SORT_KEYS)).hexdigest()
