"""Models: asking providers, and what their calls cost."""
