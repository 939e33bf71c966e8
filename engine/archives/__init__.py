"""Which programs are kept and what to do next: one selection rule per file."""
