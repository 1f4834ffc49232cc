"""Compile the loops of scmgen ahead of time, for a wheel: `scmgen/loops.py` says what for.

    python hatch_build.py            # into the checkout, as an editable install does

numba compiles them and a C compiler links them; a machine that has none gets a wheel without, whose loops numba
compiles where they run.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
OLDEST = {"x86_64": "x86-64-v2", "AMD64": "x86-64-v2"}  # processors that numpy asks for, too


def build(out: Path) -> Path:
    """Compile every entry of the loops into a folder; give the file.

    Raises:
        OSError, subprocess.CalledProcessError, ImportError: if numba or a C compiler is not there, or fails.
    """
    os.environ["NUMBA_CPU_NAME"], os.environ["NUMBA_CPU_FEATURES"] = OLDEST.get(platform.machine(), "generic"), ""
    os.environ["SCMGEN_LOOPS"] = "numba"
    sys.path.insert(0, str(ROOT))
    import importlib

    from scmgen import loops

    for name in loops.LOOPS:
        importlib.import_module(f"scmgen.{name}")
    out.mkdir(parents=True, exist_ok=True)
    file = out / loops.library().name
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder) / "loops.o"
        compiled.write_bytes(_object(loops))
        linker = os.environ.get("CC") or shutil.which("cc") or "cc"
        shared = ["-dynamiclib", "-undefined", "dynamic_lookup"] if sys.platform == "darwin" else ["-shared", "-nostdlib"]
        subprocess.run([*linker.split(), *shared, "-o", str(file), str(compiled)], check=True)
    return file


def _object(loops: Any) -> bytes:
    """The machine code of all entries."""
    import llvmlite.binding as llvm
    import numba
    from numba.core import compiler
    from numba.core.registry import cpu_target

    flags = compiler.Flags()
    flags.nrt, flags.error_model = True, "numpy"
    flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    parts = []
    for name, (signature, loop) in loops.ENTRIES.items():
        types = [
            numba.types.Array(numba.from_dtype(numba.np.numpy_support.np.dtype(kind)), axes, "C")
            if axes
            else numba.from_dtype(numba.np.numpy_support.np.dtype(kind))
            for kind, axes in loops.kinds(signature)
        ]
        made = compiler.compile_extra(
            cpu_target.typing_context, cpu_target.target_context, loop.py_func, tuple(types), numba.types.none, flags, {}
        )
        text = made.library.get_llvm_str()
        parts.append(text.replace(made.fndesc.llvm_func_name, loops.symbol(name)))
    whole = llvm.parse_assembly(parts[0])
    for part in parts[1:]:
        whole.link_in(llvm.parse_assembly(part))
    whole.link_in(llvm.parse_assembly("define void @NRT_MemInfo_call_dtor(ptr %x) { ret void }"))
    host = llvm.Target.from_triple(llvm.get_process_triple())
    machine = host.create_target_machine(cpu=os.environ["NUMBA_CPU_NAME"], opt=3, reloc="pic", codemodel="default")
    return bytes(machine.emit_object(whole))


if __name__ == "__main__":
    print(build(ROOT / "scmgen" / "native"))
