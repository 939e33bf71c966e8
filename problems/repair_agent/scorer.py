"""Try the agent's patches in its order, by interpreting them, and count."""

import numpy as np
from bugs import passes, patched, tasks
from new_bugs import admit, generate

from cladogen.scoring import Case, Invalid, Scored, program_size

__all__ = ["admit", "cases", "describe", "generate", "score"]
OWN_MODULES = ("agent", "minilang")
LONGEST_LINE = 200


def cases(parameters):
    """Return one case for each bug, drawn afresh from the run's seed."""
    rng = np.random.default_rng([parameters.get("seed", 0), 0x726570])
    found = []
    for name, split, source, visible, tests in tasks(parameters["bugs"], rng):
        seen = {
            "name": name.split("-")[0],
            "source": source,
            "tests": [{"args": args, "expected": wanted[-1]} for args, wanted in visible],
            "tries": parameters["tries"],
        }
        # The tests that fail now come first: most patches are refused by the first of them.
        ordered = sorted(visible, key=lambda test: passes(source, [test]))
        found.append(Case(name, seen, split, (ordered, tests)))
    return [*found, canary(found[0])]


def canary(case):
    """Return a case like others that no patch solves: its hidden tests want of the first visible
    input another result than that test does.
    """
    visible, tests = case.answer
    (args, wanted), *_ = visible
    other = (args, (*wanted[:-1], [wanted[-1], "never"]))
    return Case("canary", case.input, "train", (visible, [*tests, other]))


def score(case, output):
    """Return whether the first patch that passes the visible tests also passes the hidden ones."""
    source, tries = case.input["source"], case.input["tries"]
    patches = checked(output, source, tries)
    visible, tests = case.answer
    for tried, (number, text) in enumerate(patches, 1):
        candidate = patched(source, number, text)
        if passes(candidate, visible):
            solved = passes(candidate, tests)
            words = "solved" if solved else right_one(source, patches[tried:], tried, case.answer)
            return Scored(
                {"solved": float(solved), "tries": float(tried)}, f"patch {tried}: {words}"
            )
    return Scored(
        {"solved": 0.0, "tries": float(tries)},
        f"none of {len(patches)} patches passes the visible tests",
    )


def right_one(source, rest, tried, answer):
    """Say of a patch that is taken and not right which later one would have been."""
    visible, tests = answer
    for at, (number, text) in enumerate(rest, tried + 1):
        candidate = patched(source, number, text)
        if passes(candidate, visible) and passes(candidate, tests):
            return f"passes the visible tests and fails hidden ones; patch {at} passes all"
    return "passes the visible tests and fails hidden ones; no later one passes all"


def checked(output, source, tries):
    """Return the patches, or raise Invalid."""
    if not isinstance(output, list) or len(output) > tries:
        raise Invalid(f"the output must be a list of at most {tries} patches")
    last = len(source.splitlines())
    for patch in output:
        match patch:
            case [int(number), str(text)] if not isinstance(number, bool):
                pass
            case _:
                raise Invalid("a patch must be [line, text]")
        if not 1 <= number <= last or len(text) > LONGEST_LINE or "\n" in text or "\r" in text:
            raise Invalid(f"a patch must replace one of the lines 1 to {last} by one line")
    return output


def describe(texts):
    """Return the size of the agent; what is no program is data, which it can read."""
    return {
        "size": sum(
            program_size(text, OWN_MODULES) if path.endswith(".py") else len(text)
            for path, text in texts.items()
        )
    }
