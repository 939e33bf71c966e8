"""Asking and telling: a person or an outside agent answers a run's prompts."""
