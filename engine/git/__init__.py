"""``programs.git``: the record as a git repository, and champions in a user's own."""
