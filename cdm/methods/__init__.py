"""Methods of the field, and the simplest one there is, each a kind of model: a folder, or a file.

A folder has ``config`` (options, presets), ``networks``, ``fit`` and ``answer`` (the model, and what it answers), and
registers itself where it is imported; ``docs/reference/methods/`` has a page of it. What several share is in ``parts``.
Imports models and what lies below them; one method knows no other.
"""
