"""The networks of the model, each a function of images or codes: encoder, style, draft, denoisers.

Imports scm and the ground; it knows no discovery.
"""
