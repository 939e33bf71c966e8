"""Reports that others can check: what a run found, by hash, signed."""
