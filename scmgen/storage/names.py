"""The names that can become paths or parts of one: one pattern for each, checked where a stranger's file is read.

A manifest (:mod:`scmgen.storage.manifest`), the marker of a build and the archives of shards come from whoever made
a data set. Each pattern allows neither a separator nor a dot that is not the one before a known ending, so no name
leads out of the folder that it is looked up in.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from scmgen.dataset.spec import Label
from scmgen.scene.factor import Name

DataSetName: TypeAlias = Name
SplitName: TypeAlias = Label
ShardName: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*\.tar$", max_length=200)]
TruthName: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*\.truth\.jsonl$", max_length=200)]
MemberSuffix: TypeAlias = Annotated[str, Field(pattern=r"^\.[a-z0-9_]+\.(png|json)$", max_length=60)]
Variable: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=200)]
"""A factor or another variable: an array in a Zarr store, a column of a table."""
