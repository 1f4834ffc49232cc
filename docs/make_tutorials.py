"""Keep the tutorials as they stand in git, or run them; needs nbclient and ipykernel (`.[dev]`).

python docs/make_tutorials.py           # what Jupyter saved, without outputs and counts
python docs/make_tutorials.py --to DIR  # each run in a fresh kernel and an empty folder, and written with its outputs
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path

import nbclient
import nbformat

FOLDER = Path(__file__).parent / "tutorials"
_KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_LONGEST = 600  # seconds of a cell


def paths() -> list[Path]:
    """The tutorials, in their order."""
    return sorted(FOLDER.glob("*.ipynb"))


def bare(path: Path) -> str:
    """A notebook as git holds it: nothing that a run leaves behind."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata = nbformat.from_dict(_KERNEL)
    for cell in notebook.cells:
        cell.metadata = nbformat.NotebookNode()
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return nbformat.writes(notebook) + "\n"


def run(path: Path) -> nbformat.NotebookNode:
    """A notebook with the outputs of a whole run, as a reader would run it: in a fresh kernel, in an empty folder.

    Raises:
        CellExecutionError: if a cell fails; it says which.
    """
    notebook = nbformat.read(path, as_version=4)
    commands = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    with tempfile.TemporaryDirectory() as folder:
        usual = {**os.environ, "PATH": commands, "XDG_CACHE_HOME": f"{folder}/cache", "IPYTHONDIR": f"{folder}/ipython"}
        where = {"metadata": {"path": folder}}
        client = nbclient.NotebookClient(notebook, timeout=_LONGEST, resources=where, coalesce_streams=True)
        kernel = client.create_kernel_manager()
        kernel.transport, kernel.ip = "ipc", f"{folder}/socket"  # no port that others could listen to
        client.execute(env=usual)
    for output in (output for cell in notebook.cells for output in cell.get("outputs", ()) if "text" in output):
        output["text"] = re.sub(r"\x1b\[[0-9;]*m|\r(?=\n)", "", output["text"])  # a command of a cell has a terminal
    return notebook


def main() -> None:
    """Strip all tutorials, or run them into a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, help="folder for the notebooks with their outputs")
    out = parser.parse_args().to
    for path in paths():
        if out is None:
            path.write_text(bare(path), encoding="utf-8")
        else:
            out.mkdir(parents=True, exist_ok=True)
            nbformat.write(run(path), out / path.name)
        print(path.name)


if __name__ == "__main__":
    main()
