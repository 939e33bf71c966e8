"""Syntax-tree operators: change a program's text at sites its tree names, so that formatting
elsewhere stays.
"""
