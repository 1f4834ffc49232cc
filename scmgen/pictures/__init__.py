"""Pictures that a user brings: read from where they lie, counted by class, and prepared to be drawn.

A scene knows the name of a bank and nothing else of it; the command line says where it lies.
"""
