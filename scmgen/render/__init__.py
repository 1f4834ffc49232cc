"""Values to pixels: shapes, marks, their compiled drawing, the rasteriser, behind the seam of a renderer.

Imports the language of scm and nothing else.
"""

from __future__ import annotations

from scmgen.render import drawing

_ROOMS = (drawing,)  # importing them registers their renderers
