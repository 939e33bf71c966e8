"""Tries: an array that announces 2**60 numbers and brings eight bytes.
Stopped by: sizes are compared before anything is allocated
Kind: command
Docker: undecodable
Bubblewrap: undecodable
Local: undecodable
"""

import os

text = b'{"$array": ["<f8", [1152921504606846976]]}'
os.write(1, b"\x93wire1\n" + len(text).to_bytes(8, "big") + text + b"\0" * 8)
