"""Tries: one key twice, so that two readers see two values.
Stopped by: the decoder refuses duplicate keys
Kind: command
Docker: undecodable
Bubblewrap: undecodable
Local: undecodable
"""

print('{"score": 1, "score": 1000000}')
