"""Play the returned actions again in the scorer's own environment, and count what they earn."""

import sys
from pathlib import Path

from cladogen.scoring import Case, Invalid, Scored, array

# The worlds of the seed program, as this folder has them: no program may change that file.
sys.path.append(str(Path(__file__).with_name("seed")))
from environment import make

PROXY = "short"  # few short episodes: what it earns tells who is worth the long ones


def cases(parameters):
    """Return one short and some long training cases, and held-out ones, each of several episodes
    with seeds of their own.
    """
    name, episodes = parameters["environment"], int(parameters["episodes"])
    try:
        make(name)
    except ImportError:
        text = f"environment = {name!r} needs the package gymnasium here: pip install gymnasium"
        raise ValueError(text) from None
    first = 10_000 * int(parameters.get("seed", 0))

    def case(at, title, split, count, steps):
        seeds = [first + 100 * at + number for number in range(count)]
        given = {"environment": name, "seeds": seeds, "steps": int(steps)}
        return Case(title, given, split, given)

    long = [case(at, f"train-{at}", "train", episodes, parameters["steps"]) for at in range(1, 5)]
    held = [
        case(50 + at, f"heldout-{at}", "heldout", episodes, parameters["steps"]) for at in range(6)
    ]
    return [case(0, PROXY, "train", 2, parameters["short_steps"]), *long, *held]


def score(case, output):
    """Return the mean reward of a step over the episodes; one that is over earns no more."""
    seeds, steps = case.answer["seeds"], case.answer["steps"]
    actions = array(output, (len(seeds), steps), "the actions")
    if abs(actions).max() > 1.0:
        raise Invalid(f"an action of {abs(actions).max():g}; they are from -1 to 1")
    world = make(case.answer["environment"])
    played = [play(world, row, seed) for row, seed in zip(actions, seeds, strict=True)]
    earned = [sum(rewards) / steps for rewards in played]
    reward, worst = sum(earned) / len(earned), min(earned)
    metrics = {"reward": reward, "worst": worst, "effort": float(abs(actions).mean())}
    said = f"{reward:.3f} a step, the worst episode {worst:.3f}"
    ended = sum(len(rewards) < steps for rewards in played)
    return Scored(metrics, f"{said}; {ended} of {len(seeds)} episodes ended early")


def play(world, actions, seed):
    """Return the rewards of an episode's steps, up to its end."""
    world.reset(seed)
    rewards = []
    for action in actions:
        _, reward, over = world.step(float(action))
        rewards.append(reward)
        if over:
            break
    return rewards
