"""A run: its directory, journal, lock, what to expect of it, and its pictures.

Imports training and evaluation and what lies below them.
"""
