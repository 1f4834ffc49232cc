"""Documents with something wrong in them: scenes, recipes, catalogues, and manifests that somebody signed again."""

from __future__ import annotations

import copy
import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import watch
import yaml

Place = tuple[Any, ...]
HOSTILE: list[Any] = [
    *(None, True, -1, 0, -5, 1.5, 10**6, 10**12, 10**30, float("inf"), float("nan"), [], [[]], {}, [None], [1, 2, 3]),
    *("", "x", "../outside/owned", "/dev/zero", "a/b", "~", "\0", "<b>", "x" * 5_000, "1e999", "[0, 1]", {"a": 1}),
    "__import__('os')",
]
CLOSED = {"factors": 1, "draw": 1, "splits": 1, "environments": 1}  # below these keys stand mappings of known keys
SAID = set("description citation license long_name unit waives software version name plugins tables".split())


def places(tree: Any, here: Place = ()) -> Iterator[Place]:
    """Every place in a document."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*here, key)
        yield from places(value, (*here, key))


def at(tree: Any, place: Place) -> Any:
    """What stands at a place."""
    for key in place:
        tree = tree[key]
    return tree


def spoilt(chance: random.Random, tree: Any) -> tuple[Any, str]:
    """A copy in which one thing is other than before; and what."""
    tree, chosen = copy.deepcopy(tree), chance.choice(list(places(tree)))
    above, key = at(tree, chosen[:-1]), chosen[-1]
    where, form = ".".join(map(str, chosen)), chance.random()
    if form < 0.2:
        del above[key]
        return tree, f"no {where}"
    if form < 0.3 and isinstance(above, list):
        above.append(copy.deepcopy(above[key]))
        return tree, f"{where} twice"
    if form < 0.4 and isinstance(above[key], int | float) and not isinstance(above[key], bool):
        above[key] += chance.choice([1, -1, 0.5])
        return tree, f"{where} = {above[key]}"
    value = chance.choice(HOSTILE)
    above[key] = value
    return tree, f"{where} = {value!r:.60}"


def _text(tree: Any) -> str:
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=10_000)


def _sampled(path: Path) -> None:
    """Whatever a scene or recipe says, it is refused, or sampled and drawn."""
    from scmgen.dataset import catalogue
    from scmgen.dataset.sampling import compile_spec

    source = catalogue.find(str(path))
    spec = catalogue.spec(source, n=8, size=16)
    dataset = compile_spec(spec, source.scene)
    dataset.rehearse(8)


def scenes(chance: random.Random, root: Path, place: Path) -> tuple[str, Callable[[], None]]:
    """A scene with a fault."""
    path = chance.choice(sorted((root / "scenes").glob("*.yaml")))
    tree, what = spoilt(chance, yaml.load(path.read_text("utf-8"), yaml.BaseLoader))  # noqa: S506 - text only
    wrong = chance.random() < 0.2
    if wrong:  # a key that nobody knows
        part = chance.choice([(), *((key, inner) for key in CLOSED for inner, _ in _inner(tree.get(key)))])
        at(tree, part)["raduis"] = "1"
        what = f"{'.'.join(map(str, part))}.raduis"
    out = place / "scene.yaml"
    out.write_text(_text(tree), "utf-8")

    def use() -> None:
        _sampled(out)
        if wrong:
            raise watch.Silent("a key that nobody knows was taken")

    return f"{path.stem}: {what}", use


def _inner(part: Any) -> list[tuple[Any, Any]]:
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    return [(key, value) for key, value in items if isinstance(value, dict)]


def recipes(chance: random.Random, root: Path, place: Path) -> tuple[str, Callable[[], None]]:
    """An entry of the catalogue as a file, with a fault."""
    entries = yaml.load((root / "datasets.yaml").read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - text only
    name = chance.choice(sorted(entries))
    tree, what = spoilt(chance, {key: value for key, value in entries[name].items() if key != "pins"})
    if isinstance(tree.get("scene"), str) and chance.random() < 0.1:
        tree["scene"] = chance.choice(["/dev/zero", "../../../etc/passwd", "/etc/passwd.yaml", ".", "recipe.yaml"])
        what = f"scene = {tree['scene']}"
    out = place / "recipe.yaml"
    out.write_text(_text(tree), "utf-8")
    return f"{name}: {what}", lambda: _sampled(out)


def catalogues(chance: random.Random, root: Path, place: Path) -> tuple[str, Callable[[], None]]:
    """A whole catalogue with a fault; it is read as a document and each entry as a recipe."""
    from scmgen.dataset.catalogue import Recipe
    from scmgen.errors import ScmgenError
    from scmgen.scene import document

    tree, what = spoilt(chance, yaml.load((root / "datasets.yaml").read_text("utf-8"), yaml.BaseLoader))  # noqa: S506
    out = place / "datasets.yaml"
    out.write_text(_text(tree), "utf-8")

    def use() -> None:
        source = document.read(out)
        if not isinstance(source.data, dict):
            raise ScmgenError("a mapping is needed")
        for name in source.data:
            document.validate(Recipe, source, (name,))

    return what, use


def resign(place: Path, data: dict[str, Any]) -> None:
    """Write a manifest with a digest that fits it."""
    from scmgen.storage import manifest

    try:
        text = orjson.dumps({**data, "digest": manifest.digest(data)})
    except (TypeError, ValueError):  # numbers that only Python's own writer knows
        text = json.dumps({**data, "digest": "0" * 64}).encode()
    (place / "manifest.json").write_bytes(text)


def manifests(chance: random.Random, root: Path, place: Path, source: Path) -> tuple[str, Callable[[], None]]:
    """A data set whose manifest says something else; nobody who reads it may take it for sound."""
    before = json.loads((source / "manifest.json").read_bytes())
    kept = {key: value for key, value in before.items() if key != "digest"}
    tree, what = spoilt(chance, kept)
    shutil.rmtree(place / "set", ignore_errors=True)
    shutil.copytree(source, place / "set", copy_function=os.link)
    (place / "set" / "manifest.json").unlink()
    resign(place / "set", tree)
    same = json.loads((place / "set" / "manifest.json").read_bytes()) | {"digest": ""} == kept | {"digest": ""}
    said = any(part in SAID for part in what.split(" = ")[0].removeprefix("no ").split("."))
    other = chance.choice(["load", "cdm", "npz", "imagefolder", "report", "labels", "samples", "citris"])
    return f"{source.name}: {what} ({other})", lambda: _read_all(place, other, said or same)


def _read_all(place: Path, other: str, harmless: bool) -> None:
    """One more reader may refuse it or not; ``verify`` must."""
    from scmgen.cli.main import main

    try:
        _reader(other, place)
    except Exception as error:
        from cdm.errors import CdmError
        from scmgen.errors import ScmgenError

        if not isinstance(error, ScmgenError | CdmError | watch.Refused):
            raise
    watch.command(main, "verify", str(place / "set"), "-j", "1")
    if not harmless:
        raise watch.Silent("verify found nothing")


def _reader(name: str, place: Path) -> None:
    import scmgen
    from scmgen.cli.main import main

    where = place / "set"
    if name == "cdm":
        from cdm.data import pairs, shards

        data = shards.read(str(where))
        pairs.load(data, "train", place / "cache")
    elif name in ("npz", "imagefolder", "citris"):
        shutil.rmtree(place / "export", ignore_errors=True)
        watch.command(main, "export", str(where), "--to", name, "-o", str(place / "export"))
    elif name == "report":
        watch.command(main, "report", str(where), "-o", str(place / "report.html"), "--force")
    else:
        data = scmgen.load(where)
        for split in data.splits:
            if name == "labels":
                data.labels(split)
            elif name == "samples":
                data.samples(split, cache=place / "cache")[:2]
            else:
                list(data.iterate(split, batch_size=4))
