"""Texts for models; any of them may be overridden by a file of the user."""
