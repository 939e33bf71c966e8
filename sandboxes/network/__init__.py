"""A sandbox's way to the listed hosts."""
