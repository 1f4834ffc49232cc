"""The documentation as a site: whole, without a warning, and at home on a disk that knows no network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag

import pytest
from checkout import ROOT, script

import cdm
import cdm.metrics
import scmgen
from scmgen.dataset import catalogue

if TYPE_CHECKING:
    from playwright.sync_api import Page

PUBLISH = script("docs/publish.py")


@dataclass
class Read(HTMLParser):
    """What a page leads to, what it loads, and the places in it."""

    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.ids |= {value for key in ("id", "name") if (value := named.get(key))}
        if tag == "a" and (to := named.get("href")):
            self.links.append(to)
        elif tag in ("img", "script", "iframe", "source", "video") and (of := named.get("src")):
            self.loads.append(of)
        elif tag == "link" and (of := named.get("href")):
            self.loads.append(of)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the site of this version, built as `.ci/run` builds it, or the one that it built (`SCMGEN_SITE`)."""
    if built := os.environ.get("SCMGEN_SITE"):
        return Path(built)
    out = tmp_path_factory.mktemp("site")
    PUBLISH.add(out, scmgen.__version__, quick=True)
    return out / scmgen.__version__


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[Path, Read]:
    found = {}
    for path in sorted(site.rglob("*.html")):
        found[path] = Read()
        found[path].feed(path.read_text("utf-8"))
    return found


def _ours(links: list[str]) -> list[str]:
    return [link for link in links if not re.match(r"(https?|mailto|data):", link)]


def test_every_link_every_anchor_and_every_picture_is_there(pages: dict[Path, Read], site: Path) -> None:
    lost = set()
    for path, read in pages.items():
        for link in _ours(read.links + read.loads) if path.name != "404.html" else ():
            name, anchor = urldefrag(unquote(link))
            to = (path.parent / name).resolve() if name else path
            if not to.exists() or (anchor and to in pages and anchor not in pages[to].ids | {"__search"}):
                lost.add(f"{path.relative_to(site)}: {link}")
    assert sorted(lost) == []


def test_every_page_stands_in_the_list_of_pages(pages: dict[Path, Read], site: Path) -> None:
    reached, todo = set(), [site / "index.html"]
    while todo:
        path = todo.pop()
        if path not in reached and path in pages:
            reached.add(path)
            navigation = re.findall(r"<nav.*?</nav>", path.read_text("utf-8"), re.DOTALL)
            read = Read()
            read.feed("".join(navigation))
            todo += [(path.parent / urldefrag(link)[0]).resolve() for link in _ours(read.links) if urldefrag(link)[0]]
    assert {path.relative_to(site).as_posix() for path in pages} - {
        path.relative_to(site).as_posix() for path in reached
    } == {"404.html"}


def test_every_public_name_is_documented(pages: dict[Path, Read], site: Path) -> None:
    api = site / "reference" / "api"
    for module, page in ((scmgen, "scmgen"), (cdm, "cdm"), (cdm.metrics, "metrics")):
        names = {f"{module.__name__}.{name}" for name in module.__all__}
        assert names - pages[api / f"{page}.html"].ids == set(), page


def test_every_command_is_documented(site: Path) -> None:
    text = (site / "reference" / "commands.html").read_text("utf-8")
    for program, commands in (("scmgen", ("build", "show", "verify")), ("cdm", ("train", "score", "options"))):
        for name in commands:
            assert f"Usage: {program} {name} [OPTIONS]" in text


def test_every_data_set_has_a_place(pages: dict[Path, Read], site: Path) -> None:
    for name, entry in catalogue.entries().items():
        text = (site / "data-sets" / f"{entry.scene}.html").read_text("utf-8")
        assert f"<code>{name}</code>" in text


def test_formulas_are_drawn_and_doctests_are_no_quotations(site: Path) -> None:
    methods = "".join(path.read_text("utf-8") for path in (site / "reference" / "methods").glob("*.html"))
    assert methods.count("<math ") > 100 and "arithmatex" not in methods and "\\mid" not in methods
    assert not any("<blockquote>" in path.read_text("utf-8") for path in (site / "reference" / "api").glob("*.html"))


def test_nothing_is_loaded_from_elsewhere(pages: dict[Path, Read], site: Path) -> None:
    outside = {of for read in pages.values() for of in read.loads if re.match(r"(https?:)?//", of)}
    assert outside == set()
    for path in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", path.read_text("utf-8")), path


def test_no_page_tells_of_the_machine_that_built_it(site: Path) -> None:
    told = [str(ROOT), str(Path.home()) + "/", sys.prefix]
    for path in (path for path in site.rglob("*") if path.suffix in (".html", ".js", ".json", ".xml")):
        text = path.read_text("utf-8")
        assert not [name for name in told if len(name) > 2 and name in text], path


def test_every_picture_has_words_for_those_who_do_not_see_it(site: Path) -> None:
    for path in site.rglob("*.html"):
        for tag in re.findall(r"<img [^>]*>", path.read_text("utf-8")):
            assert re.search(r'alt="[^"]+"', tag) or 'alt="logo"' in tag, (path, tag[:200])


def test_search_works_from_disk(site: Path, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "reference" / "language.html").as_uri())
    page.locator(".md-search__input").click()
    page.keyboard.type("truncnormal")
    page.locator(".md-search-result__link").first.wait_for(timeout=20_000)
    assert "reference/language.html" in str(page.locator(".md-search-result__link").first.get_attribute("href"))
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.mark.parametrize("name", ["index", "start", "data-sets/spurious-pairs", "reference/api/scmgen"])
def test_no_page_is_wider_than_a_phone(site: Path, page: Page, name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto((site / f"{name}.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("getComputedStyle(document.body).backgroundColor !== 'rgb(255, 255, 255)'")


@pytest.mark.parametrize("name", ["reference/language", "reference/interventions", "how-to/recipes", "data-sets/fall"])
def test_a_table_shows_its_second_column_on_a_phone(site: Path, page: Page, name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto((site / f"{name}.html").as_uri())
    places = page.evaluate(
        "[...document.querySelectorAll('article th:nth-child(2)')].map(cell => cell.getBoundingClientRect().left)"
    )
    assert places
    assert max(places) < 300


def test_the_switch_leads_to_the_same_page_of_another_version(site: Path, page: Page, tmp_path: Path) -> None:
    for version in ("0.9.0", "0.10.0"):
        shutil.copytree(site, tmp_path / version, copy_function=os.symlink)
    (tmp_path / "0.9.0" / "start.html").unlink()
    PUBLISH.index(tmp_path)
    page.goto((tmp_path / "index.html").as_uri())
    page.wait_for_url("**/0.10.0/index.html")
    page.goto((tmp_path / "0.10.0" / "reference" / "commands.html").as_uri())
    switch = page.get_by_label("Version of the documentation")
    assert switch.locator("option").all_inner_texts() == ["0.10.0", "0.9.0"]
    switch.select_option("0.9.0")
    page.wait_for_url("**/0.9.0/reference/commands.html")
    page.goto((tmp_path / "0.10.0" / "start.html").as_uri())
    page.get_by_label("Version of the documentation").select_option("0.9.0")
    page.wait_for_url("**/0.9.0/index.html")  # where there was no such page


def test_a_branch_keeps_the_versions_before(tmp_path: Path) -> None:
    repository, remote = tmp_path / "repository", tmp_path / "remote"
    for place, words in ((remote, ["--bare"]), (repository, [])):
        subprocess.run(["git", "init", "--quiet", *words, str(place)], check=True)  # noqa: S607
    for key, value in (("user.name", "a"), ("user.email", "a@b.c"), ("remote.origin.url", str(remote))):
        subprocess.run(["git", "config", key, value], cwd=repository, check=True)  # noqa: S607
    for version in ("0.1.0", "0.2.0"):
        folder = tmp_path / f"folder-{version}"
        folder.mkdir()
        PUBLISH.take("pages", folder, repository)
        (folder / version).mkdir()
        (folder / version / "index.html").write_text(version)
        PUBLISH.index(folder)
        PUBLISH.commit("pages", folder, f"Documentation of {version}", "origin", repository)
    listed = ["git", "ls-tree", "-r", "--name-only", "pages"]
    found = subprocess.run(listed, cwd=remote, capture_output=True, text=True, check=True).stdout.split()
    assert found == [".nojekyll", "0.1.0/index.html", "0.2.0/index.html", "index.html", "versions.js"]
