"""The record of a run: ``run.db``, and what is folded from its rows."""
