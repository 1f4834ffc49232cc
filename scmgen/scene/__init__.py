"""A scene: a YAML document of equations, factors and marks, compiled.

Imports scm and render.
"""
