"""Tries: NaN and infinity as scores.
Stopped by: the decoder takes finite numbers only
Kind: command
Docker: undecodable
Bubblewrap: undecodable
Local: undecodable
"""

print('{"score": NaN, "other": -Infinity}')
