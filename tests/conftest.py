"""What many tests share: small data sets and trained models, which none may change, a browser, and the command line."""

from __future__ import annotations

import csv
import gc
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import explored
import numpy as np
import opengl
import pytest
import registered
import shell_here
from click.testing import CliRunner
from explorer_page import running
from PIL import Image

import scmgen
from scmgen.build.generated import build
from scmgen.build.imported import pack
from scmgen.build.imported.request import Request
from scmgen.cli.explorer import subject
from scmgen.cli.explorer.answers import Explorer
from scmgen.cli.explorer.server import Server
from scmgen.cli.main import cli
from scmgen.dataset import catalogue
from scmgen.dataset.interventions.steps import parse
from scmgen.publish import report
from scmgen.storage.loading.reader import Data

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from cdm.data.pairs import Pairs
    from cdm.models.causal_diffusion import CausalDiffusionModel

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run beside each other: threads of one would wait for another's
os.environ.setdefault("SCMGEN_WORKERS", "1")  # and processes take longer to start than most of these builds

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it, and so would what tests start
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # so does what nohup runs

_QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking".split()

collect_ignore = ["support"]  # imported by their bare names, and by no other

shell = shell_here.shell
pytest_runtest_setup = opengl.needed


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)  # objects of tests live shortly, too


@pytest.fixture(autouse=True)
def registries() -> Iterator[None]:
    """What a test registers, by a plug-in or by a decorator, leaves with it."""
    with registered.kept():
        yield


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 300 pairs of the pendulum with masks at 64 px: train 100 + 100 + 40, validation 30, test 30."""
    out = tmp_path_factory.mktemp("small") / "pendulum"
    build(catalogue.spec(catalogue.find("pendulum"), n=300, shard_size=100, size=64, masks=True), out, workers=1)
    return out


@pytest.fixture(scope="session")
def weak(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything at once: a chain in environments, with masks and effects, whose labels tell nothing of it."""
    out = tmp_path_factory.mktemp("weak") / "pendulum"
    source = catalogue.find("pendulum")
    more = {"masks": True, "effects": True, "labels": "hidden", "environments": catalogue.interventional(source.scene)}
    build(catalogue.spec(source, n=40, size=16, interventions=parse("hard; soft:scale=0.5"), **more), out)
    return out


@pytest.fixture(scope="session")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 40 grey pairs of the pendulum, 24 x 16 px, with masks and effects."""
    out = tmp_path_factory.mktemp("wide") / "pendulum"
    more = {"size": (24, 16), "channels": "grey", "masks": True, "effects": True, "interventions": parse("hard")}
    build(catalogue.spec(catalogue.find("pendulum"), n=40, shard_size=16, **more), out)
    return out


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 20 imported pictures of 16 px with two labels, and the graph that somebody drew over them."""
    home = tmp_path_factory.mktemp("foreign")
    (home / "pictures").mkdir()
    rows = ["file,kind,brightness"]
    for number in range(20):
        Image.new("RGB", (16, 16), (12 * number, 90, 60)).save(home / "pictures" / f"p{number:02d}.png")
        rows.append(f"p{number:02d}.png,{'red' if number > 10 else 'green'},{12 * number}")
    (home / "table.csv").write_text("\n".join(rows) + "\n")
    (home / "graph.json").write_text('{"edges": [["kind", "brightness"]]}')
    files = [str(home / name) for name in ("pictures", "table.csv", "graph.json", "data")]
    line = ["import", files[0], "--labels", files[1], "--graph", files[2], "--categorical", "kind", "-o", files[3]]
    done = CliRunner().invoke(cli, [*line, "-j", "1"], standalone_mode=False)
    assert done.exception is None, done.exception
    return home / "data"


# What the tests of cdm share; torch is imported where one of them asks.


@pytest.fixture(scope="session")
def toy_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 400 pairs of the toy, and 100 of its test split."""
    import toy

    return toy.write(tmp_path_factory.mktemp("toy") / "toy", 400)


@pytest.fixture(scope="session")
def toy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory of decoded splits."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def toy_pairs(toy_data: Path, toy_cache: Path) -> Pairs:
    """Give the training split of the toy."""
    from cdm.data.pairs import open_data

    return open_data(str(toy_data), "train", toy_cache)


@pytest.fixture(scope="session")
def toy_run(toy_data: Path, toy_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory of a run that the command line trained, with 1,200 steps of the encoder."""
    from trainings import SETTINGS, call

    out, more = tmp_path_factory.mktemp("learned") / "run", ["--set", "encoder_steps=1200"]
    call("train", str(toy_data), "-o", str(out), *SETTINGS, *more, "--cache", str(toy_cache))
    return out


@pytest.fixture(scope="session")
def taught_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 2,400 pairs of the toy: enough to learn it."""
    import toy

    return toy.write(tmp_path_factory.mktemp("taught") / "toy", 2400)


@pytest.fixture(scope="session")
def taught_pairs(taught_data: Path, toy_cache: Path) -> Pairs:
    """Give the training split of those."""
    from cdm.data.pairs import open_data

    return open_data(str(taught_data), "train", toy_cache)


@pytest.fixture(scope="session")
def taught_run(taught_pairs: Pairs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory of a run that has learned the toy."""
    from trainings import LEARNS

    from cdm import config
    from cdm.training import run, train

    out = tmp_path_factory.mktemp("taught-run")
    train.fit(run.start(taught_pairs, config.make("quick", **LEARNS), out))
    return out


@pytest.fixture(scope="session")
def taught(taught_run: Path) -> CausalDiffusionModel:
    """Give that model, as it is loaded from its checkpoint."""
    import cdm

    return cdm.load(taught_run)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give a headless Chromium of this machine; none is a reason to skip, and a fault where ``CI`` is true."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.fail("no Chromium on this machine") if os.environ.get("CI") == "true" else pytest.skip("no Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=_QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give an empty page, 1,280 px wide; whatever a test does with it must leave no error in its console."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page, faults = context.new_page(), []
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 30 images with a table of labels, imported: no pairs, no noise, no graph."""
    place, generator = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    (place / "images").mkdir()
    with (place / "labels.csv").open("w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["file", "weight", "smiling"])
        for i in range(30):
            name = f"photo{'s' * (i % 3)}{i}.png"
            pixels = generator.integers(0, 256, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(place / "images" / name)
            rows.writerow([name, generator.uniform(0, 10), i % 2])
    words = ["import", place / "images", "--labels", place / "labels.csv", "-o", place / "set", "-j", "1"]
    cli.main([str(word) for word in words], standalone_mode=False)
    return place / "set"


@pytest.fixture(params=["small", "weak", "told", "photos"])
def case(request: pytest.FixtureRequest) -> tuple[Data, bool]:
    """Give a data set and whether what its labels withhold is added: pairs, chains that tell nothing, all, photos."""
    name = {"told": "weak"}.get(request.param, request.param)
    return scmgen.load(request.getfixturevalue(name)), request.param == "told"


@pytest.fixture(scope="session")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 40 grey squares with two measured attributes, a kind and a graph."""
    folder = tmp_path_factory.mktemp("squares")
    (folder / "images").mkdir()
    with (folder / "table.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "light", "kind", "side"])
        for k in range(40):
            side = 6 + k % 9
            image = np.full((24, 24), 30, np.uint8)
            image[4 : 4 + side, 4 : 4 + side] = 100 + 3 * k
            Image.fromarray(image).save(folder / "images" / f"{k}.png")
            rows.writerow([f"{k}.png", 100 + 3 * k, ("dark", "bright")[k > 20], side])
    (folder / "graph.json").write_text('{"edges": [["light", "kind"]]}')
    table = (folder / "table.csv",)
    asked = Request(folder / "images", table, folder / "graph.json", name="squares", categorical=("kind",))
    pack.write(pack.prepare(asked), folder / "squares")
    return folder / "squares"


@pytest.fixture(scope="session")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a chain of three steps with soft ones, in which several factors are targets at once."""
    out = tmp_path_factory.mktemp("chain") / "pendulum"
    steps = parse("hard:sizes=2; soft:scale=0.5; hard")
    build(catalogue.spec(catalogue.find("pendulum"), n=60, size=32, interventions=steps), out)
    return out


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give twelve factors of all types, without interventions in the first place."""
    out = tmp_path_factory.mktemp("many") / "shapes"
    build(catalogue.spec(catalogue.find("shapes-fixed"), n=120, size=32), out)
    return out


@pytest.fixture(scope="session")
def pages(
    small: Path, weak: Path, squares: Path, chain: Path, many: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Write the report of each data set once."""
    folder = tmp_path_factory.mktemp("pages")
    sets = {"small": small, "weak": weak, "squares": squares, "chain": chain, "many": many}
    for name, where in sets.items():
        report.write(scmgen.load(where), folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in sets}


@pytest.fixture(scope="session")
def written(pages: dict[str, Path]) -> str:
    """Give the report of the small data set as text."""
    return pages["small"].read_text("utf-8")


@pytest.fixture
def swing(tmp_path: Path) -> Path:
    (tmp_path / "swing.yaml").write_text(explored.SCENE, encoding="utf-8")
    return tmp_path / "swing.yaml"


@pytest.fixture
def gcm() -> Any:
    """Give dowhy's causal models, which are in the extra ``interop`` and have no release yet for Python 3.14."""
    pytest.importorskip("dowhy", reason="in the extra interop; no release yet for Python 3.14")
    from dowhy import gcm

    gcm.config.disable_progress_bars()
    return gcm


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[str], Server]]:
    """Give a server for a scene, one a scene for all tests."""
    servers: dict[str, Server] = {}
    with ExitStack() as stack:

        def server_of(name: str) -> Server:
            if name not in servers:
                servers[name] = Server(Explorer(lambda: subject.find(name)))
                stack.enter_context(running(servers[name]))
            return servers[name]

        yield server_of
