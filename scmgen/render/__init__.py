"""Values to pixels: shapes, marks, their compiled drawing, the rasteriser, behind the seam of a renderer.

Imports the language of scm and nothing else.
"""
