def priority(item, bins):
    best = sorted(bins)[0]
    waste = best - item
    return -waste