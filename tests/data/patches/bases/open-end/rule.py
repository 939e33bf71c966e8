def priority(item, bins):
    best = min(bins)
    waste = best - item
    return -waste