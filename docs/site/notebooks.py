"""Notebooks as pages: text as it stands, code as blocks, and under them what a run gave, if there was one."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

_XARRAY = "xr-wrap"
"""What xarray shows needs the style of a notebook; its text reads well everywhere."""


def page(notebook: dict[str, Any], source: str) -> str:
    """A notebook as Markdown.

    Args:
        notebook: the JSON.
        source: name of its file, for those who want to run it.
    """
    parts = [part for cell in notebook["cells"] for part in _cell(cell)]
    ran = any(cell.get("outputs") for cell in notebook["cells"])
    about = f"This page is the notebook `docs/tutorials/{source}`" + (
        ", as it ran." if ran else ", which was not run here."
    )
    title, _, rest = "\n\n".join(parts).partition("\n")
    return f"{title}\n\n*{about}*\n{rest}\n"


def _cell(cell: dict[str, Any]) -> Iterator[str]:
    text = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield text
        return
    yield _code(text)
    for output in cell.get("outputs", ()) if not text.startswith("%%writefile") else ():
        yield from _output(output)


def _code(text: str) -> str:
    """A cell of code as what it is: a file, a line of a shell, or Python.

    >>> print(_code("%%writefile my.yaml\\nname: my"))
    ```yaml title="my.yaml"
    name: my
    ```
    """
    first, _, rest = text.partition("\n")
    if first.startswith("%%writefile "):
        name = first.split()[-1]
        return f'```{name.rpartition(".")[2]} title="{name}"\n{rest}\n```'
    if all(line.startswith("!") for line in text.splitlines()):
        return f"```sh\n{re.sub('^!', '', text, flags=re.MULTILINE)}\n```"
    return f"```python\n{text}\n```"


def _output(output: dict[str, Any]) -> Iterator[str]:
    data = output.get("data", {})
    page = "".join(data.get("text/html", ()))
    if page and _XARRAY not in page:
        yield f'<div class="output">{_line(page)}</div>'
    elif "image/png" in data:
        png = "".join("".join(data["image/png"]).split())
        yield f'<div class="output"><img alt="What the cell above draws" src="data:image/png;base64,{png}"></div>'
    else:
        text = "".join(output.get("text", ()) or data.get("text/plain", ())).rstrip()
        if text:
            yield f'<pre class="output"><code>{html.escape(text)}</code></pre>'


def _line(text: str) -> str:
    """In one line: an empty line would end the block."""
    return re.sub(r"\s*\n\s*", " ", text.strip())
