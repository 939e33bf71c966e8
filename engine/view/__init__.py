"""A run as people read it: one reader, and what terminal, page and files show of it."""
