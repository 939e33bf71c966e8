"""Names of NumPy's, math's and Python's functions, by what they make of their arguments."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ELEMENTWISE = words(
    """
    abs absolute sqrt exp exp2 expm1 log log2 log10 log1p sin cos tan tanh sinh cosh
    arctan arcsin arccos sign square cbrt floor ceil rint round around trunc negative reciprocal
    fabs nan_to_num clip heaviside mod fmod remainder minimum maximum fmin fmax add subtract
    multiply divide true_divide floor_divide power float_power hypot arctan2 where
    """
)
TESTS = words(
    """
    logical_and logical_or logical_not logical_xor greater less greater_equal less_equal equal
    not_equal isfinite isnan isinf isclose
    """
)
REDUCTIONS = words(
    "sum mean std var max min amax amin median prod ptp dot vdot count_nonzero trace"
)
LIKE = words(
    """
    zeros_like ones_like full_like empty_like copy array asarray sort argsort cumsum cumprod flip
    roll
    """
)
DRAWS = words("random normal uniform standard_normal exponential")
MAKERS = words("zeros ones full empty arange linspace eye permutation")
POSITIONS = words("argmax argmin len size searchsorted")
REAL = words(
    """
    sqrt exp exp2 expm1 log log2 log10 log1p sin cos tan tanh sinh cosh divide true_divide
    """
)
KEEPS_WHOLE = words("abs min max round minimum maximum")
BUILT_IN = words("abs min max len round float int bool sum")
SHAPED = words("zeros ones empty eye arange reshape astype permutation indices")
QUIET = words(
    """
    axis dtype keepdims shape size order copy out casting ndmin strict key default
    """
)
