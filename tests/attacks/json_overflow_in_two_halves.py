"""Tries: a number too large for a double by its digits and its exponent together, neither of them long.
Stopped by: the decoder reads with care what may overflow, and takes finite numbers only
Kind: command
Docker: undecodable
Bubblewrap: undecodable
Local: undecodable
"""

print('{"score": 1' + "0" * 248 + "e99}")
