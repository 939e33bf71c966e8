"""Syntax-tree operators: change a program's text at places its tree names, so that formatting
elsewhere stays.
"""
