"""Reading edits out of a reply."""
