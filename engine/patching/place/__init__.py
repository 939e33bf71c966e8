"""Finding where an edit belongs in a file."""
