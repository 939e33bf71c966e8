"""Tries: an integer of a million digits, whose parsing takes quadratic time.
Stopped by: digits are counted before the number is made
Kind: command
Docker: undecodable
Bubblewrap: undecodable
Local: undecodable
"""

print("9" * 1_000_000)
