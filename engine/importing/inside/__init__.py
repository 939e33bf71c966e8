"""Files that are copied into a problem's seed and run there: the standard library only."""
