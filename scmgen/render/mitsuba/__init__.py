"""The renderer ``mitsuba``: stages as Mitsuba 3 draws them, path by path."""
