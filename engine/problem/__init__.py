"""Problems: the folder a user writes, read and checked whole."""

from cladogen.problem.problem import Constraint, Metric, Problem, Stage, load

__all__ = ["Constraint", "Metric", "Problem", "Stage", "load"]
