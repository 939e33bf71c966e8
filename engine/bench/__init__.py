"""Compare selection rules: arms times seeds on problems, at one budget, paired by seed."""
