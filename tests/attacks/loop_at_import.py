"""Tries: a loop while the module is being loaded.
Stopped by: the first call's time counts from the start of the candidate
Docker: timeout
Bubblewrap: timeout
Local: timeout
"""

while True:
    pass
