"""What the site makes of notebooks, of roles in docstrings and of commands."""

from __future__ import annotations

from typing import Any

import pytest
from checkout import script

NOTEBOOKS, ROLES, COMMANDS = (script(f"docs/site/{name}.py") for name in ("notebooks", "roles", "commands"))
HOOKS, FORMULAS = script("docs/site/hooks.py"), script("docs/site/formulas.py")


def cell(text: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": [text], "outputs": list(outputs)}


def test_a_notebook_becomes_text_blocks_and_what_it_gave() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "\n", "Text."]},
        cell("%%writefile my.yaml\nname: my", {"output_type": "stream", "text": ["Writing my.yaml"]}),
        cell("!scmgen list", {"output_type": "stream", "text": ["a <b>\n"]}),
        cell("1 + 1", {"data": {"text/plain": ["2"]}}),
        cell("scene", {"data": {"text/html": ["<p>\n\nx</p>"], "text/plain": ["scene"]}}),
        cell("table", {"data": {"text/html": ["<div class='xr-wrap'>x</div>"], "text/plain": ["<xarray.Dataset>"]}}),
        cell("draw()", {"data": {"image/png": "AAAA\nBBBB\n", "text/plain": ["picture"]}}),
    ]
    page = NOTEBOOKS.page({"cells": cells}, "1.ipynb")
    assert page.split("\n\n") == [
        "# Title",
        "*This page is the notebook `docs/tutorials/1.ipynb`, as it ran.*",
        "Text.",
        '```yaml title="my.yaml"\nname: my\n```',
        "```sh\nscmgen list\n```",
        '<pre class="output"><code>a &lt;b&gt;</code></pre>',
        "```python\n1 + 1\n```",
        '<pre class="output"><code>2</code></pre>',
        "```python\nscene\n```",
        '<div class="output"><p> x</p></div>',
        "```python\ntable\n```",
        '<pre class="output"><code>&lt;xarray.Dataset&gt;</code></pre>',
        "```python\ndraw()\n```",
        '<div class="output"><img alt="What the cell above draws" src="data:image/png;base64,AAAABBBB"></div>\n',
    ]
    assert "which was not run here" in NOTEBOOKS.page({"cells": cells[:1]}, "1.ipynb")


@pytest.mark.parametrize(
    ("target", "landed"),
    [
        ("../reference/format.md", "reference/format.md"),
        ("01-first.ipynb", "tutorials/01-first.md"),
        ("../../CONTRIBUTING.md", "explanation/contributing.md"),
        ("../../README.md", "index.md"),
        ("../../examples/read_shard.py", "files/examples/read_shard.py"),
        ("../../benchmarks", ""),
        ("https://example.org/a.md", None),
    ],
)
def test_a_link_of_the_checkout_lands_in_the_site(target: str, landed: str | None) -> None:
    assert HOOKS._landed("docs/tutorials/index.md", target) == landed


def test_links_in_blocks_of_code_stay() -> None:
    text = "[a](../x)\n\n```md\n[a](../x)\n```\n"
    assert HOOKS._outside_blocks(text, lambda found: found[2]) == "a\n\n```md\n[a](../x)\n```\n"


def test_a_pipe_in_a_span_of_code_needs_no_backslash() -> None:
    assert HOOKS._piped("| `hard \\| soft` | a \\| b |") == "| `hard | soft` | a \\| b |"


def test_roles_are_links_where_there_is_a_place() -> None:
    assert ROLES.linked("made by :func:`~scmgen.load`, ``x``") == (
        'made by <autoref optional identifier="scmgen.load"><code>load</code></autoref>, ``x``'
    )


def test_a_doctest_is_code_and_no_quotation() -> None:
    assert ROLES.fenced("Text.\n\n    >>> f(1)\n    2\n\nMore.") == (
        "Text.\n\n    ```pycon\n    >>> f(1)\n    2\n    ```\n\nMore."
    )


def test_a_mark_gives_way_to_the_help_of_every_command() -> None:
    page = COMMANDS.filled("# Commands\n\n<!-- commands: scmgen -->\n")
    assert "### scmgen build\n\n```text\nUsage: scmgen build [OPTIONS] SCENE" in page
    assert "### scmgen verify" in page and "<!--" not in page


def test_a_formula_is_drawn_by_the_browser_alone() -> None:
    page = FORMULAS.shown(
        '<p>of <span class="arithmatex">\\(a_i &lt; b\\)</span></p><div class="arithmatex">\\[\\frac{1}{x}\\]</div>'
    )
    assert page.startswith('<p>of <math xmlns="http://www.w3.org/1998/Math/MathML" display="inline">')
    assert "<msub><mi>a</mi><mi>i</mi></msub><mo>&lt;</mo>" in page.replace("&#x0003C;", "&lt;")
    assert '<div class="formula"><math' in page and "<mfrac>" in page and "\\" not in page


def test_cells_with_sentences_are_marked() -> None:
    cells = "<td>short</td><td style='x'>a <code>sentence</code> of more than two words</td>"
    assert HOOKS.on_page_content(cells, None, None, None) == cells.replace("<td style", '<td class="long" style')
