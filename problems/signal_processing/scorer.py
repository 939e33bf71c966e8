"""Compare a filter's output with the clean signals: nearness, delay, smoothness, false turns."""

import numpy as np

from cladogen.drawing import FILL, INK, MARK, PAPER, SIDE, png
from cladogen.scoring import Case, Invalid, Scored, array, program_size

LAGS = 24  # samples of delay that are looked at
NEAR = 6  # samples within which a turn of the output follows one of the clean signal
SETTLED = 16  # samples at the start that do not count
LARGEST = 1e6
JUMP, WRONG, AFTER = 0.25, 6.0, 12  # in the signal's unit, in medians of the noise, samples


def cases(parameters):
    """Return training and held-out cases, each with several signals."""
    signals, samples = int(parameters["signals"]), int(parameters["samples"])
    if samples < 4 * LAGS or signals < 1:
        raise ValueError(f"signals = {signals}, samples = {samples}: at least 1 of {4 * LAGS}")
    names = [f"train-{at}" for at in range(4)] + [f"heldout-{at}" for at in range(6)]
    rng = np.random.default_rng([int(parameters.get("seed", 0)), 0x7369676E])
    found = []
    for name in names:
        pairs = [signal(samples, rng) for _ in range(signals)]
        clean, noisy = (np.array(rows) for rows in zip(*pairs, strict=True))
        given = {"signals": noisy}
        found.append(Case(name, given, name.split("-")[0], (clean, noisy)))
    return found


def signal(samples, rng):
    """Return a clean signal and what is measured of it, each of shape (samples,)."""
    t = np.arange(samples) / samples
    frequency = rng.uniform(2.0, 4.0) + rng.uniform(-1.0, 5.0) * t
    swing = rng.uniform(0.5, 1.5) * (1.0 + rng.uniform(-0.6, 0.6) * t)
    clean = swing * np.sin(2 * np.pi * np.cumsum(frequency) / samples + rng.uniform(0.0, 6.0))
    still = slice(*np.sort(rng.integers(0, samples, 2))) if rng.random() < 0.5 else slice(0, 0)
    clean[still] *= 0.1
    clean += rng.uniform(-2.0, 2.0) * t + rng.uniform(-3.0, 3.0) * np.maximum(t - rng.random(), 0.0)
    for _ in range(int(rng.integers(0, 3))):
        clean += rng.uniform(-1.5, 1.5) * (t > rng.random())
    strength = rng.uniform(0.1, 0.2) * 2.0 ** (
        1.0 + np.sin(rng.uniform(3.0, 9.0) * t + rng.random())
    )
    noisy = clean + strength * rng.normal(size=samples)
    wrong = rng.random(samples) < 0.01
    noisy[wrong] += rng.normal(0.0, 2.0, int(wrong.sum()))
    return clean, noisy


def score(case, output):
    """Return the four measures, each the mean over the case's signals, and what they come to."""
    clean, noisy = case.answer
    said = array(output, clean.shape, "the output")
    if np.abs(said).max() > LARGEST:
        raise Invalid(f"an output of {np.abs(said).max():g}; the signals are within 20")
    rows = [measured(*each) for each in zip(clean, noisy, said, strict=True)]
    error, lag, roughness, reversals = np.mean(rows, axis=0).tolist()
    # What is far from the signal gains nothing by being smooth and early.
    nearness = 1.0 / (1.0 + error**2)
    early, smooth = 1.0 / (1.0 + lag / 4.0), 1.0 / (1.0 + roughness)
    total = nearness * (0.4 + 0.2 * (early + smooth + 1.0 / (1.0 + reversals / 10.0)))
    metrics = {
        "score": total,
        "error": error,
        "lag": lag,
        "roughness": roughness,
        "reversals": reversals,
    }
    words = (
        f"error {error:.3f} of the noise, lag {lag:.1f} samples, roughness {roughness:.3f}, "
        f"{reversals:.1f} false turns in 100 samples; {whence(clean, noisy, said)}"
    )
    return Scored(metrics, words, lambda: drawn(clean[0], noisy[0], said[0]))


def measured(clean, noisy, said):
    """Return error, lag, roughness and false turns of one signal's output."""
    away, noise = said - clean, noisy - clean
    error = rms(away[SETTLED:]) / rms(noise[SETTLED:])
    rough = np.abs(np.diff(away, 2))[SETTLED:].mean() / np.abs(np.diff(noise, 2))[SETTLED:].mean()
    later = [rms(said[LAGS:] - clean[LAGS - lag : clean.size - lag]) for lag in range(LAGS)]
    return error, float(np.argmin(later)), rough, false_turns(clean, said)


def whence(clean, noisy, said):
    """Say which samples the squared error comes from, and what it would be without its delay."""
    shares, late = [], []
    for signal, given, output in zip(clean, noisy, said, strict=True):
        off = (output - signal) ** 2
        jumps = np.flatnonzero(np.abs(np.diff(signal, 2)) > JUMP) + 1
        noise = np.abs(given - signal)
        wrong = np.flatnonzero(noise > WRONG * np.median(noise))
        kinds = np.zeros(signal.size, dtype=int)  # 0 elsewhere, 1 after a wrong sample, 2 a jump
        for kind, found in ((1, wrong), (2, jumps)):
            for at in found:
                kinds[at : at + AFTER] = kind
        settled = off[SETTLED:]
        shares.append(np.bincount(kinds[SETTLED:], settled, 3) / max(settled.sum(), 1e-300))
        later = [rms(output[LAGS:] - signal[LAGS - lag : signal.size - lag]) for lag in range(LAGS)]
        late.append(min(later) / rms(given[LAGS:] - signal[LAGS:]))
    elsewhere, wrong, jump = (100 * np.mean(shares, axis=0)).round().astype(int).tolist()
    return (
        f"of the squared error {jump} % within {AFTER} samples after a jump, {wrong} % after a "
        f"wrong sample, {elsewhere} % elsewhere; moved back by its lag the error would be "
        f"{np.mean(late):.3f}"
    )


def rms(values):
    return np.sqrt(np.mean(values**2))


def turns(values):
    """Return the samples at which a signal turns; one that stays as it is goes on."""
    slope = np.sign(np.diff(values))
    moving = np.flatnonzero(slope)
    return moving[1:][slope[moving[1:]] != slope[moving[:-1]]]


def false_turns(clean, said):
    """Return how many turns of the output, of 100 samples, follow none of the clean signal's."""
    real, made = turns(clean), turns(said)
    made = made[made >= SETTLED]
    after = made[:, None] - real[None, :]
    false = ~((after >= 0) & (after <= NEAR)).any(axis=1)
    return 100.0 * float(false.sum()) / (clean.size - SETTLED)


def drawn(clean, noisy, said):
    """Return a picture: measured (light), clean (dark), output (red), over time."""
    low, high = noisy.min(), noisy.max()
    pixels = np.full((SIDE, SIDE, 3), PAPER, dtype=np.uint8)
    columns = np.arange(SIDE)
    at = np.linspace(0.0, clean.size - 1.0, SIDE)
    for values, colour in ((noisy, FILL), (clean, INK), (said, MARK)):
        heights = np.interp(at, np.arange(values.size), np.clip(values, low, high))
        rows = ((high - heights) / (high - low) * (SIDE - 1)).round().astype(int)
        for column, first, last in zip(columns[1:], rows, rows[1:], strict=False):
            pixels[min(first, last) : max(first, last) + 1, column] = colour
    return png(pixels)


def describe(texts):
    """Return the size of the program."""
    return {"size": program_size(texts["filter.py"])}
