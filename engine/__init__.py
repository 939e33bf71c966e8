"""Evolve programs against an evaluator whose score can be trusted."""

__version__ = "0.1.0"
