"""Parts of a file: what a text defines, whether it is the whole file, where a part goes by name."""
