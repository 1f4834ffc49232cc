"""What MkDocs does not do by itself: notebooks, commands, formulas, files of the checkout, and search from disk.

Every link of a page is one that also works in the checkout. Here links that leave ``docs`` lead to the page that a file
of the checkout becomes (`PAGES`), or to a copy of the file.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))

import commands
import formulas
import notebooks

DOCS = Path(__file__).parents[1]
CHECKOUT = DOCS.parent
PAGES = {"CONTRIBUTING.md": "explanation/contributing.md", "CHANGELOG.md": "reference/changelog.md"}
VERSION, TUTORIALS = "SCMGEN_SITE_VERSION", "SCMGEN_SITE_TUTORIALS"
"""Of the environment: the version that is published; a folder of notebooks that ran (`docs/make_tutorials.py --to`)."""
_LINK = re.compile(r"(!?)\[((?:[^][]|\[[^]]*\])*)\]\(([^)\s#]+)(#[^)\s]*)?\)")
_CELL = re.compile(r"<td((?: [^>]*)?)>(.*?)</td>", re.DOTALL)
_SENTENCE = 20  # characters of a cell that is not to be broken at each word
_SPAN = re.compile(r"(?<!`)`[^`\n]+`(?!`)")
_BLOCK = re.compile(r"(^(?:```|~~~).*?^(?:```|~~~)$)", re.DOTALL | re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Write out what the list of pages abbreviates, and add the switch of versions where there are some."""
    config.nav = _expanded(config.nav, _named(config.nav))
    if os.environ.get(VERSION):
        config.extra_javascript.append("site/versions.js")  # type: ignore[arg-type]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that notebooks and files of the checkout become, and the files that pages lead to."""
    for path in sorted((DOCS / "tutorials").glob("*.ipynb")):
        ran = Path(os.environ.get(TUTORIALS, "")) / path.name
        notebook = json.loads((ran if TUTORIALS in os.environ and ran.exists() else path).read_text("utf-8"))
        files.append(File.generated(config, f"tutorials/{path.stem}.md", content=notebooks.page(notebook, path.name)))
    for source, page in PAGES.items():
        files.append(File.generated(config, page, content=(CHECKOUT / source).read_text("utf-8")))
    for source in sorted({found for file in files.documentation_pages() for found in _outside(file)}):
        files.append(File.generated(config, f"files/{source}", abs_src_path=str(CHECKOUT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill in the help of commands, and mend the links that leave ``docs``."""
    source = _source(page.file)

    def mended(found: re.Match[str]) -> str:
        mark, text, target, anchor = found[1], found[2], found[3], found[4] or ""
        to = _landed(source, target)
        if to is None:
            return found[0]
        if not to:
            return text
        return f"{mark}[{text}]({posixpath.relpath(to, posixpath.dirname(page.file.src_uri) or '.')}{anchor})"

    return _piped(_outside_blocks(commands.filled(markdown), mended))


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Write formulas out, and mark the cells of tables that hold sentences, which need room on a phone."""

    def marked(cell: re.Match[str]) -> str:
        long = len(re.sub(r"<[^>]*>", "", cell[2])) > _SENTENCE
        return f'<td class="long"{cell[1]}>{cell[2]}</td>' if long else cell[0]

    return _CELL.sub(marked, formulas.shown(html))


def _piped(markdown: str) -> str:
    """A page in whose spans of code a ``|`` is itself: in a table a checkout needs a backslash, and a site shows it."""
    return _SPAN.sub(lambda found: found[0].replace("\\|", "|"), markdown)


def on_post_build(config: MkDocsConfig) -> None:
    """Give search what it needs without a server: its index and its worker as scripts."""
    site = Path(config.site_dir)
    index = (site / "search" / "search_index.json").read_text("utf-8")
    (site / "search" / "search_index.js").write_text(f"var __index = {index}", "utf-8")
    (worker,) = (site / "assets" / "javascripts" / "workers").glob("search.*.min.js")
    (site / "site" / "worker.js").write_text(f"var __worker = {json.dumps(worker.read_text('utf-8'))}", "utf-8")


def _expanded(entry: Any, named: set[str]) -> Any:
    """An entry of the list of pages, in which ``folder/*`` stands for the pages of a folder that have no own entry."""
    if isinstance(entry, dict):
        return {title: _expanded(below, named) for title, below in entry.items()}
    if not isinstance(entry, list):
        return entry
    return [page for one in entry for page in (_globbed(one, named) if "*" in one else [_expanded(one, named)])]


def _globbed(pattern: str, named: set[str]) -> list[str]:
    there = {path.relative_to(DOCS).with_suffix(".md").as_posix() for path in (DOCS / pattern).parent.iterdir()}
    return sorted(there - named)


def _named(entry: Any) -> set[str]:
    if isinstance(entry, str):
        return {entry}
    return {name for below in (entry.values() if isinstance(entry, dict) else entry) for name in _named(below)}


def _source(file: File) -> str:
    """Where in the checkout the text of a page stands."""
    back = {page: source for source, page in PAGES.items()}
    return back.get(file.src_uri, f"docs/{file.src_uri}")


def _landed(source: str, target: str) -> str | None:
    """Where in the site a link leads that a file of the checkout has.

    None: where it says; an empty text: nowhere, for it is a folder.
    """
    if re.match(r"[a-z]+:", target):
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    if path.startswith("docs/") and path.endswith(".ipynb"):
        return path.removeprefix("docs/").removesuffix(".ipynb") + ".md"
    if path.startswith("docs/") and not (CHECKOUT / path).is_dir() and not path.endswith(".py"):
        return path.removeprefix("docs/")
    if path == "README.md":
        return "index.md"
    return PAGES.get(path) or (f"files/{path}" if (CHECKOUT / path).is_file() else "")


def _outside(file: File) -> Iterator[str]:
    """The files of the checkout that a page leads to and that are no pages."""
    for _, _, target, _ in _LINK.findall(file.content_string):
        to = _landed(_source(file), target)
        if to and to.startswith("files/"):
            yield to.removeprefix("files/")


def _outside_blocks(markdown: str, mended: Any) -> str:
    """A page whose links are mended, those in blocks of code excepted."""
    parts = _BLOCK.split(markdown)
    parts[::2] = [_LINK.sub(mended, part) for part in parts[::2]]
    return "".join(parts)
