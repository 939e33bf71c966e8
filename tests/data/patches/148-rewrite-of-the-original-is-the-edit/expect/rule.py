def priority(item, bins):
    tight = min(bins)
    return item - tight
