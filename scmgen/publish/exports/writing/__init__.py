"""What the formats are written with: what is exported, where it lands, and files that grow with their samples.

A format is a file of the folder above; nothing here knows one.
"""
