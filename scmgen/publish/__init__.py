"""What is shown of a data set: card, Croissant, sheets, graphs, pages, exports.

Imports checks and what lies below them.
"""
