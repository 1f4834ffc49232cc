"""The command line: training and evaluation, questions to a model, its graph.

Imports everything.
"""
