"""From a model's reply to a changed program: read, resolve names, match, combine, check (see
`cladogen.patch`).
"""
