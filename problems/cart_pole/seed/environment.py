"""The worlds that a policy acts in, one step at a time.

They run in the sandbox and show the policy what it sees; the scorer plays the returned actions
again, in a process of its own, and only what happens there counts.
"""

import math

import numpy as np

STEP_S = 0.02
FORCE_N = 12.0
TRACK_M = 2.4
GRAVITY = 9.81
CART_KG, POLE_KG = 1.0, 0.1


class CartPole:
    """Swing a hanging pole up and hold it, on a track of limited length.

    A policy sees position (m), velocity (m/s), cosine and sine of the angle from upright, and
    angular velocity (1/s). Its action, from -1 to 1, is the share of the greatest force. Pole
    length, start and pushes differ from seed to seed.
    """

    def reset(self, seed):
        """Begin an episode; return what is seen."""
        self.rng = np.random.default_rng([seed, 0x706F6C65])
        self.length = float(self.rng.uniform(0.4, 0.7))  # half the pole's
        self.x, self.v = float(self.rng.uniform(-0.3, 0.3)), 0.0
        self.angle = math.pi + float(self.rng.uniform(-0.2, 0.2))
        self.turn = 0.0
        return self.seen()

    def seen(self):
        return np.array([self.x, self.v, math.cos(self.angle), math.sin(self.angle), self.turn])

    def step(self, action):
        """Act for one step; return what is seen, the reward from 0 to 1, and whether it is over."""
        force = FORCE_N * min(1.0, max(-1.0, action))
        if self.rng.random() < 0.01:
            self.turn += float(self.rng.normal(0.0, 0.5))  # a push
        sine, cosine = math.sin(self.angle), math.cos(self.angle)
        mass = CART_KG + POLE_KG
        pull = (force + POLE_KG * self.length * self.turn**2 * sine) / mass
        turning = (GRAVITY * sine - cosine * pull) / (
            self.length * (4.0 / 3.0 - POLE_KG * cosine**2 / mass)
        )
        speeding = pull - POLE_KG * self.length * turning * cosine / mass
        self.turn += STEP_S * turning
        self.v += STEP_S * speeding
        self.angle += STEP_S * self.turn
        self.x += STEP_S * self.v
        over = abs(self.x) > TRACK_M
        reward = 0.0 if over else (1.0 + math.cos(self.angle)) / 2.0
        return self.seen(), reward, over


class Gymnasium:
    """An environment of the package Gymnasium, which has to be installed for scorer and program."""

    def __init__(self, name):
        import gymnasium

        self.world = gymnasium.make(name)

    def reset(self, seed):
        seen, _ = self.world.reset(seed=seed)
        return np.asarray(seen, dtype=float).ravel()

    def step(self, action):
        space = self.world.action_space
        if hasattr(space, "n"):  # a choice among so many: -1 is the first, 1 the last
            given = min(space.n - 1, max(0, round((action + 1.0) / 2.0 * (space.n - 1))))
        else:
            middle, half = (space.high + space.low) / 2.0, (space.high - space.low) / 2.0
            given = (middle + half * action).astype(space.dtype)
        seen, reward, ended, cut, _ = self.world.step(given)
        return np.asarray(seen, dtype=float).ravel(), float(reward), bool(ended or cut)


def make(name):
    """Return the environment called ``name``: "cart_pole", or "gymnasium:" and its name there."""
    kind, _, other = name.partition(":")
    if kind == "gymnasium":
        return Gymnasium(other)
    if name != "cart_pole":
        raise ValueError(f"environment = {name!r}: write 'cart_pole' or 'gymnasium:NAME'")
    return CartPole()
