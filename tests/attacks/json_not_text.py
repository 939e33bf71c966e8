"""Tries: bytes that are no text at all.
Stopped by: the decoder
Kind: command
Docker: undecodable
Bubblewrap: undecodable
Local: undecodable
"""

import os

os.write(1, bytes(range(256)) * 10)
