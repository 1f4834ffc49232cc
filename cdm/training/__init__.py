"""Training: phases and what each minimises, one loop, and what is kept of a run.

Imports models and what lies below them; it knows no evaluation.
"""
