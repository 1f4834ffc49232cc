"""Compile the loops of scmgen ahead of time: `scmgen/loops.py` says what for.

    python hatch_build.py [FOLDER]   # into scmgen/native of the checkout, or another folder

A wheel is built with it. numba compiles the loops and a C compiler links them; where one of these is missing the wheel
comes without, is the same for all machines, and numba compiles the loops where they run.
"""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run as a script
    BuildHookInterface = object

ROOT = Path(__file__).resolve().parent
OLDEST = {"x86_64": "x86-64-v2", "AMD64": "x86-64-v2"}  # processors that numpy asks for, too
SHARED = {"darwin": ["-dynamiclib", "-undefined", "dynamic_lookup"], "linux": ["-shared", "-nostdlib"]}


class CompiledLoops(BuildHookInterface):  # type: ignore[misc]
    """Put the library into a wheel; an editable install gets it in the checkout."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile in a process of its own, whose failure means a wheel without."""
        if self.target_name != "wheel":
            return
        folder = ROOT / "scmgen" / "native" if version == "editable" else Path(tempfile.mkdtemp())
        done = subprocess.run([sys.executable, __file__, str(folder)], capture_output=True, text=True)  # noqa: S603
        if done.returncode:
            reason = (done.stderr.strip() or "?").splitlines()[-1]
            self.app.display_warning(f"loops are compiled where they run, as they could not be here: {reason}")
        elif version != "editable":
            file = Path(done.stdout.splitlines()[-1])
            build_data["force_include"][str(file)] = f"scmgen/native/{file.name}"
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def build(folder: Path) -> Path:
    """Compile all entries of the loops; give the file.

    Raises:
        OSError: if there is no C compiler.
        RuntimeError: if it fails, if the system is none that it is known for, or if what it made cannot be loaded.
    """
    if sys.platform not in SHARED:
        raise RuntimeError(f"no way to link loops is known for {sys.platform}")
    os.environ |= {"NUMBA_CPU_NAME": OLDEST.get(platform.machine(), "generic"), "NUMBA_CPU_FEATURES": ""}
    os.environ["SCMGEN_LOOPS"] = "numba"
    sys.path.insert(0, str(ROOT))
    from scmgen import loops

    for name in loops.LOOPS:
        importlib.import_module(f"scmgen.{name}")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / loops.library().name
    compiler = os.environ.get("CC") or shutil.which("cc") or "cc"
    with tempfile.TemporaryDirectory() as scratch:
        code, linked = Path(scratch) / "loops.o", Path(scratch) / file.name
        code.write_bytes(_code(loops))
        told = [*compiler.split(), *SHARED[sys.platform], "-o", str(linked), str(code)]
        if subprocess.run(told, stdout=sys.stderr).returncode or loops.loaded(linked) is None:  # noqa: S603
            raise RuntimeError("the loops could not be linked, or not be loaded")
        shutil.copyfile(linked, file)
    return file


def _code(loops: Any) -> bytes:
    """The machine code of all entries, under their names in the library."""
    import llvmlite.binding as llvm

    parts = [_compiled(loops, name, signature, loop) for name, (signature, loop) in loops.ENTRIES.items()]
    whole = llvm.parse_assembly("define void @NRT_MemInfo_call_dtor(ptr %x) { ret void }")  # no loop owns memory
    for part in parts:
        whole.link_in(llvm.parse_assembly(part))
    target = llvm.Target.from_triple(llvm.get_process_triple())
    machine = target.create_target_machine(cpu=os.environ["NUMBA_CPU_NAME"], opt=3, reloc="pic", codemodel="default")
    return bytes(machine.emit_object(whole))


def _compiled(loops: Any, name: str, signature: str, loop: Any) -> str:
    """One entry, and all that it calls, in LLVM's language."""
    import numba
    from numba.core import compiler
    from numba.core.registry import cpu_target

    flags = compiler.Flags()
    flags.nrt, flags.error_model = True, "numpy"
    flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    types = []
    for kind, axes in loops.kinds(signature):
        number = numba.from_dtype(loops.np.dtype(kind))
        types.append(numba.types.Array(number, axes, "C") if axes else number)
    contexts = cpu_target.typing_context, cpu_target.target_context
    made = compiler.compile_extra(*contexts, loop.py_func, tuple(types), numba.types.none, flags, {})
    text: str = made.library.get_llvm_str()
    return text.replace(made.fndesc.llvm_func_name, loops.symbol(name))


if __name__ == "__main__":
    print(build(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "scmgen" / "native"))
