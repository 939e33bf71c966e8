"""Tasks as folders: a statement, files, hidden tests, limits; read from several formats."""
