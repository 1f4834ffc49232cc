"""Is a data set the one that the catalogue pins, and if not, what differs?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from scmgen.dataset import catalogue
from scmgen.dataset.catalogue import Pins
from scmgen.pictures import brought
from scmgen.storage import composition
from scmgen.storage.manifest import Manifest, spec_of

SOFTWARE = ("scmgen", "numpy", "numba", "pymunk", "rasteriser")  # what labels and pixels depend on

_SHORT = 40  # letters of a value that a message still shows


def software(rasteriser: str | None = None) -> dict[str, str]:
    """Versions of what labels and decoded pixels depend on; ``rasteriser`` is that of the renderer, ours if None."""
    here = composition.software(rasteriser)
    return {name: here[name] for name in SOFTWARE}


def compare(name: str, manifest: Manifest) -> str:
    """Say in one line whether a data set is the one that is pinned; nothing if nothing is.

    Args:
        name: what was built: a name of the catalogue, or the path of a recipe that has pins.
        manifest: of the data set.

    Raises:
        ScmgenError: if there is no such data set.
    """
    source = catalogue.find(name)
    pins, place = source.entry.pins, "the catalogue" if name in catalogue.entries() else source.name
    if pins is None or manifest.fingerprint is None:
        return ""
    edition = f"{source.name}, version {source.entry.version}"
    if manifest.spec_hash != pins.spec_hash or manifest.version != source.entry.version:
        own = {name: bank.sum for name in source.scene.document.pictures if (bank := brought.bundled(name))}
        reference = catalogue.spec(source, plugins=own)
        differing = list(_differences(_said(reference), _said(spec_of(manifest, name))))
        changed = "the scene, the recipe or scmgen changed since it was pinned"
        return f"not {place}'s {edition}: {'; '.join(differing) or changed}"
    differing = [what for what in ("labels", "pixels") if getattr(manifest.fingerprint, what) != getattr(pins, what)]
    if differing:
        reason = _versions(pins, manifest.software)
        return f"{edition}: of the spec that {place} pins, but its {' and '.join(differing)} differ: {reason}"
    return f"{edition}: as pinned in {place}"


def _said(spec: Any) -> dict[str, Any]:
    """What a data set is, as its parameters are after all overrides."""
    identity = {"version": spec.version, "channels": spec.channels, **spec.identity()}
    return {**identity, "parameters": {**identity["scene"].get("parameters", {}), **identity["parameters"]}}


def _differences(want: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys((*want, *here)):
        old, new = want.get(key), here.get(key)
        if old == new:
            continue
        if key == "parameters":
            yield from _differences(old or {}, new or {})
        elif key == "plugins":
            yield f"other pictures or plug-ins ({', '.join(_other(old or {}, new or {}))})"
        elif key == "scene":
            yield f"another scene ({', '.join(_other(old or {}, new or {}))})"
        else:
            yield _spell(key, old, new)


def _other(want: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """The keys whose values differ."""
    return [key for key in {**want, **here} if want.get(key) != here.get(key)]


def _spell(key: str, want: Any, here: Any) -> str:
    texts = [f"{value:g}" if isinstance(value, float) else orjson.dumps(value).decode() for value in (here, want)]
    return f"{key} is {texts[0]}, not {texts[1]}" if max(map(len, texts)) <= _SHORT else f"other {key}"


def _versions(pins: Pins, versions: Mapping[str, str]) -> str:
    """What may be why, from the versions here and at the time of pinning."""
    pairs = ((name, versions.get(name), version) for name, version in pins.software.items())
    changed = [f"{name} {here} here, {then} when it was pinned" for name, here, then in pairs if here != then]
    alike = "the same versions pinned it, so this machine computes otherwise (docs/data-sets/catalogue.md)"
    return "; ".join(changed) or alike
