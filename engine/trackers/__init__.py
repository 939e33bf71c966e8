"""Experiment trackers: the curves of a run in W&B, MLflow or TensorBoard."""
