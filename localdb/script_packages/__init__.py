"""Packages for external scripts: this folder stands at the end of ``sys.path`` in every script.

Scripts say ``import revoscalepy``, so the packages in here import their own modules relatively and nothing
else of this repository. They run on Python 3.10 and later, with the libraries of whatever environment it is.
"""
