"""Embeddings: vectors brought to length 1, as the text that is recorded."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from cladogen.models.failures import CallFailed, Complaint, FailureKind


def unit_vectors(rows: Sequence[Sequence[float]], texts: int) -> str:
    """Return vectors as JSON, each of length 1; raises `CallFailed` for what is not one finite
    vector per text, all of one size.
    """
    try:
        vectors = np.array(rows, dtype=float)
    except (TypeError, ValueError):
        vectors = np.empty((0, 0))
    if vectors.ndim != 2 or len(vectors) != texts or not np.isfinite(vectors).all():
        text = f"embeddings of shape {vectors.shape} for {texts} texts"
        raise CallFailed(Complaint(text), FailureKind.BROKEN)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return json.dumps(np.round(vectors, 7).tolist())
