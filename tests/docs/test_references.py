"""What pages and docstrings call by a dotted name or a path is there under that name."""

from __future__ import annotations

import ast
import functools
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from checkout import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SOURCES = sorted(path for package in ("scmgen", "cdm") for path in (ROOT / package).rglob("*.py"))
DOTTED = re.compile(r"(?<![\w./-])((?:scmgen|cdm)(?:\.[A-Za-z_]\w*)+)")
PATHS = re.compile(r"`((?:scmgen|cdm|tests|benchmarks|docs|examples|scenes)/[\w./-]*\w(?:\.\w+)?/?)`")
NO_NAMES = {"scmgen.plugins"}  # an entry point's group


@functools.cache
def resolve(dotted: str) -> Any:
    """What a dotted name stands for: the longest module that it begins with, and attributes of it."""
    words = dotted.split(".")
    for count in range(len(words), 0, -1):
        try:
            there: Any = importlib.import_module(".".join(words[:count]))
        except ModuleNotFoundError:
            continue
        for word in words[count:]:
            there = getattr(there, word, None) or getattr(there, "__annotations__", {})[word]
        return there
    raise KeyError(dotted)


def unknown(names: set[str]) -> list[str]:
    lost = []
    for name in sorted(names - NO_NAMES):
        try:
            resolve(name)
        except (KeyError, AttributeError):
            lost.append(name)
    return lost


def blocks(page: Path) -> Iterator[ast.Module]:
    for block in re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        yield ast.parse(block)


def used(tree: ast.Module) -> set[str]:
    """The dotted names of our packages that a piece of Python imports, and those that it reads of what it imports."""
    named: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ("scmgen", "cdm"):
            named |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            named |= {name.name: name.name for name in node.names if name.name in ("scmgen", "cdm")}
    read = {
        f"{named[node.value.id]}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in named
        if isinstance(resolve(named[node.value.id]), ModuleType)
    }
    return {*named.values(), *read}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_on_a_page_imports_what_is_there(page: Path) -> None:
    assert unknown({name for tree in blocks(page) for name in used(tree)}) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_dotted_names_on_a_page_are_there(page: Path) -> None:
    spans = re.findall(
        r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    )
    assert unknown({name for span in spans for name in DOTTED.findall(span)}) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_paths_on_a_page_are_there(page: Path) -> None:
    paths = [path for path in PATHS.findall(page.read_text("utf-8")) if "NAME" not in path]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_dotted_names_in_docstrings_are_there() -> None:
    roles = re.compile(r":(?:mod|func|class|meth|data|attr):`~?((?:scmgen|cdm)[\w.]+)`")
    assert unknown({name for path in SOURCES for name in roles.findall(path.read_text("utf-8"))}) == []
