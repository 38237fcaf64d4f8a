"""What an external library holds and how it becomes a folder that scripts import from.

Nothing here runs a library's code, and nothing is written before it has been checked.
"""
