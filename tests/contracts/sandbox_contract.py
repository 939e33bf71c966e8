"""The public contract of sandboxes; it ships with the package so that users can subclass it."""

from cladogen.sandboxes.contract import SandboxContract

__all__ = ["SandboxContract"]
