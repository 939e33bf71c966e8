"""Runs as files for other programs, and as one file for people."""
