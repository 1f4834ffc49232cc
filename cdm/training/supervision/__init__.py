"""Supervision levels: what each may read of a data set, and what replaces what it may not."""
