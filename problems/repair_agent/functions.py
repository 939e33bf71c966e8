"""Right functions, and how to draw arguments for them. The last ones are held out."""

SOURCES = {
    "gcd": """\
def gcd(a, b):
    while b != 0:
        a, b = b, a % b
    return abs(a)
""",
    "is_prime": """\
def is_prime(n):
    if n < 2:
        return 0
    d = 2
    while d * d <= n:
        if n % d == 0:
            return 0
        d += 1
    return 1
""",
    "search": """\
def search(xs, target):
    low = 0
    high = len(xs) - 1
    while low <= high:
        middle = (low + high) // 2
        if xs[middle] == target:
            return middle
        if xs[middle] < target:
            low = middle + 1
        else:
            high = middle - 1
    return -1
""",
    "insertion_sort": """\
def insertion_sort(xs):
    for i in range(1, len(xs)):
        x = xs[i]
        j = i
        while j > 0 and xs[j - 1] > x:
            xs[j] = xs[j - 1]
            j -= 1
        xs[j] = x
    return xs
""",
    "inversions": """\
def inversions(xs):
    count = 0
    for i in range(len(xs)):
        for j in range(i + 1, len(xs)):
            if xs[i] > xs[j]:
                count += 1
    return count
""",
    "reverse_digits": """\
def reverse_digits(n):
    result = 0
    while n > 0:
        result = result * 10 + n % 10
        n = n // 10
    return result
""",
    "best_sum": """\
def best_sum(xs):
    best = xs[0]
    here = 0
    for x in xs:
        here = max(x, here + x)
        best = max(best, here)
    return best
""",
    "longest_run": """\
def longest_run(xs):
    longest = 0
    length = 0
    for i in range(len(xs)):
        if i > 0 and xs[i] == xs[i - 1]:
            length += 1
        else:
            length = 1
        if length > longest:
            longest = length
    return longest
""",
    "collatz": """\
def collatz(n):
    steps = 0
    while n > 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps
""",
    "merge": """\
def merge(xs, ys):
    merged = []
    i = 0
    j = 0
    while i < len(xs) and j < len(ys):
        if xs[i] <= ys[j]:
            merged.append(xs[i])
            i += 1
        else:
            merged.append(ys[j])
            j += 1
    return merged + xs[i:] + ys[j:]
""",
    "common": """\
def common(xs, ys):
    row = [0] * (len(ys) + 1)
    for x in xs:
        last = 0
        for j in range(len(ys)):
            old = row[j + 1]
            if x == ys[j]:
                row[j + 1] = last + 1
            else:
                row[j + 1] = max(old, row[j])
            last = old
    return row[len(ys)]
""",
    "power": """\
def power(a, n, m):
    result = 1
    a = a % m
    while n > 0:
        if n % 2 == 1:
            result = result * a % m
        a = a * a % m
        n = n // 2
    return result
""",
    "second_largest": """\
def second_largest(xs):
    first = max(xs[0], xs[1])
    second = min(xs[0], xs[1])
    for x in xs[2:]:
        if x > first:
            second = first
            first = x
        elif x > second:
            second = x
    return second
""",
    "count_primes": """\
def count_primes(n):
    sieve = [1] * (n + 1)
    count = 0
    for i in range(2, n + 1):
        if sieve[i] == 1:
            count += 1
            for j in range(i + i, n + 1, i):
                sieve[j] = 0
    return count
""",
    "rotate": """\
def rotate(xs, k):
    n = len(xs)
    turned = [0] * n
    for i in range(n):
        turned[(i + k) % n] = xs[i]
    return turned
""",
    "balanced": """\
def balanced(xs):
    depth = 0
    for x in xs:
        if x > 0:
            depth += 1
        else:
            depth -= 1
        if depth < 0:
            return 0
    return 1 if depth == 0 else 0
""",
    "change": """\
def change(coins, total):
    ways = [1] + [0] * total
    for coin in coins:
        for amount in range(coin, total + 1):
            ways[amount] += ways[amount - coin]
    return ways[total]
""",
}
HELD_OUT = ("second_largest", "count_primes", "rotate", "balanced", "change")


def arguments(name, rng):
    """Return random arguments for a function."""
    some = [int(x) for x in rng.integers(0, 9, size=rng.integers(2, 9))]
    other = [int(x) for x in rng.integers(0, 9, size=rng.integers(1, 9))]
    number, small = int(rng.integers(0, 60)), int(rng.integers(1, 9))
    drawn = {
        "gcd": [number, int(rng.integers(0, 60))],
        "search": [sorted(set(some)), int(rng.integers(0, 9))],
        "best_sum": [[x - 4 for x in some]],
        "merge": [sorted(some), sorted(other)],
        "common": [some, other],
        "power": [number, small, int(rng.integers(2, 30))],
        "rotate": [some, small],
        "balanced": [[1 if x > 3 else -1 for x in sorted(some, reverse=small > 3)]],
        "change": [sorted({small, *other[:2]} - {0}), number // 3],
        "reverse_digits": [number * small],
    }
    return drawn.get(name, [number] if name in ("is_prime", "collatz", "count_primes") else [some])
