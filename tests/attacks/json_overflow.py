"""Tries: a number too large for a double, which parsers read as infinity.
Stopped by: the decoder takes finite numbers only
Kind: command
Docker: undecodable
Bubblewrap: undecodable
Local: undecodable
"""

print('{"score": 1e999}')
