"""The public contract of archives; it ships with the package so that users can subclass it."""

from cladogen.archives.contract import ArchiveContract

__all__ = ["ArchiveContract"]
