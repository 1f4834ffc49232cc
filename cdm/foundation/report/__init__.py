"""A report of what was imagined: JSON, pictures, and one HTML file that stands alone."""
