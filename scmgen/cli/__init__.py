"""The command line, a file a subject; each command imports what it needs when it is called.

Imports everything.
"""
