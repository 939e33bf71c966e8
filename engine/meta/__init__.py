"""Meta-search: the engine's own choices as programs, evaluated by runs of the engine."""
