"""Tries: an array of Python objects, which would have to be unpickled.
Stopped by: a list of allowed number types
Kind: command
Docker: undecodable
Bubblewrap: undecodable
Local: undecodable
"""

import os

text = b'{"$array": ["|O", [1]]}'
os.write(1, b"\x93wire1\n" + len(text).to_bytes(8, "big") + text + b"\0" * 8)
