"""Tries: a list that never ends, handed back as the result.
Stopped by: the clock runs, and memory is counted, until the answer is complete
Docker: timeout or out_of_memory
Bubblewrap: timeout or out_of_memory
Local: timeout or out_of_memory
"""


class Endless(list):
    def __iter__(self):
        return iter(int, 1)


def run(world):
    return Endless([1])
