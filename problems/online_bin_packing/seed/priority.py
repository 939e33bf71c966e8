"""Which bin should take the next item?"""

import numpy as np


def priority(item, remaining):
    """Return a priority for each of the remaining capacities that fit the item; the highest wins.

    ``item`` is the item's size, ``remaining`` an array: item, item + 1, ..., the capacity of an
    empty bin.
    """
    gap = remaining - item
    return -gap
