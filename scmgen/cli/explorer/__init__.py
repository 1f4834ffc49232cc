"""A page to play with a scene: a slider for each factor, the image, and its counterfactual under a do.

``subject`` finds the scene, ``question`` reads what the page asks, ``worlds`` solves it, ``code`` spells the same in
Python and on the command line, ``answers`` draws it, and ``server`` lets nobody but the page itself ask. ``lesson``
reads lessons, ``page`` puts the page together from ``explore.html``, ``explore.css`` and the scripts of ``web``, and
``recording`` draws what a page without a server shows.
"""
