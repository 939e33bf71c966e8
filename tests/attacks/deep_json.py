"""Tries: JSON nested half a million deep, to exhaust the reader's stack.
Stopped by: depth is counted before the parser runs
Kind: command
Docker: undecodable
Bubblewrap: undecodable
Local: undecodable
"""

print("[" * 500_000 + "]" * 500_000)
