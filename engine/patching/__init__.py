"""From a model's reply to a changed program: read, resolve names, match, combine, check. `cladogen.patch` is the door."""
