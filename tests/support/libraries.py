"""The libraries that people read data sets with: absent on a laptop is a skip, absent in CI is an error."""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


def need(*names: str) -> None:
    """Skip the test if one of these modules is not installed; where CI runs, fail."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if not missing:
        return
    message = f"{', '.join(missing)} not installed: pip install -e '.[dev]' -c constraints.txt"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def old_names() -> Iterator[None]:
    """The parsers of pydot and pgmpy call functions of pyparsing by names that are deprecated."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        yield
