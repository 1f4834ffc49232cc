"""A data set before it is written: the spec, and the samples that follow from it.

Imports scenes and what lies below them.
"""
