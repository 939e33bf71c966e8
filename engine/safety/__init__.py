"""What keeps a search honest: canaries, flags on suspicious edits, drift, a person's approval."""
