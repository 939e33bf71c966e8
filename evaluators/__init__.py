"""What a score is: entries, cases and stages, trusted scorers."""
