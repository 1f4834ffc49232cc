"""The command line: ``cdm train``, ``cdm query`` and what it answers, ``cdm graph``.

Imports everything.
"""
