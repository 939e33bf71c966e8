"""Who makes the diffs: models, syntax-tree mutation, constant tuning, agents."""
