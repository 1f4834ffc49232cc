"""Judging a data set: is it fair (``audit``), and is it what it says it is (``verify``)?

Imports storage and what lies below it.
"""
