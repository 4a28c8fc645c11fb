"""The page: a window on a sandbox for people. It speaks the documented APIs only, in process.

`routes` is all that a start loads; the rest is imported when somebody opens the page.
"""
