"""Values to pixels: shapes, marks, their compiled drawing, the rasteriser.

Imports the language of scm and nothing else.
"""
