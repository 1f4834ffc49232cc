"""Interventions as data: the kinds of a step, whom they target, and the table of what is done to each row."""
