def priority(item, bins):
    best = max(bins)
    return item - best
