"""Where the checkout is that the tests belong to, and its scripts."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def script(path: str) -> Any:
    """A script of the checkout as a module, which finds those beside it as if it were run; they stay its own."""
    file, known = ROOT / path, {*sys.modules}
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(file.parent))
    sys.modules.setdefault(file.stem, module)  # where its dataclasses look for their annotations
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(file.parent))
        beside = {one.stem for one in file.parent.glob("*.py")}
        for name in beside & {*sys.modules} - known:  # another folder may have scripts of such names
            del sys.modules[name]
    return module
