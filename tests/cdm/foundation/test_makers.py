"""What is made of a place: settings that arrive, and what cannot be imported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs scmgen[cdm]")

from cdm.errors import CdmError
from cdm.foundation.backends import Backends
from cdm.foundation.choices import Chosen
from cdm.foundation.makers import needing


def test_settings_reach_the_generator_that_has_them(toy_run: Path) -> None:
    who = Chosen("generator", "csg", str(toy_run))
    drawn = Backends(seed=4, settings={"steps": 7, "maps": "attention"}).generator(who)
    settings, reading = (getattr(drawn, name) for name in ("settings", "reading"))
    assert (settings.steps, settings.seed, reading.maps) == (7, 4, "attention")
    for wrong, message in (
        ({"maps": "all"}, r"^maps: 'all'; there are draft, attention$"),
        ({"stepz": 3}, r"^no option 'stepz'; did you mean 'steps'\?"),
    ):
        with pytest.raises(CdmError, match=message):
            Backends(settings=wrong).generator(who)
    with pytest.raises(CdmError, match=r"^--set: --generator cdm:.* takes no settings; csg and ledits do$"):
        Backends(settings={"steps": 7}).generator(Chosen("generator", "cdm", str(toy_run)))


def test_what_cannot_be_imported_is_said_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    who = Chosen("extractor", "transformers", "x")
    monkeypatch.setitem(sys.modules, "a_library", None)
    with pytest.raises(
        CdmError, match=r"^--extractor transformers:x: needs a_library: pip install 'scmgen\[foundation\]'$"
    ):
        with needing(who, "foundation"):
            import a_library  # type: ignore[import-not-found]  # noqa: F401
    with pytest.raises(
        CdmError,
        match=r"^--extractor transformers:x: torchvision does not fit torch, which keeps transformers ",
    ):
        with needing(who, "foundation"):
            raise RuntimeError("operator torchvision::nms does not exist")
    with pytest.raises(RuntimeError, match=r"^else$"), needing(who, "foundation"):
        raise RuntimeError("else")
