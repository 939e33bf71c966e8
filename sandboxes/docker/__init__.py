"""Containers: the sandbox, its image, its daemon."""
