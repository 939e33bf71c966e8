"""The public contract of proposers; it ships with the package so that users can subclass it."""

from cladogen.proposers.contract import ProposerContract

__all__ = ["ProposerContract"]
