"""Polynomials through given values: their values and slopes elsewhere, in barycentric form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def barycentric_weights(y: Array) -> Array:
    """Return the barycentric weights of nodes."""
    gaps = y[:, np.newaxis] - y[np.newaxis, :]
    np.fill_diagonal(gaps, 1.0)
    return np.asarray(1.0 / gaps.prod(axis=1))


def interpolation_matrix(y: Array, at: Array) -> Array:
    """Return the matrix from values at nodes to values of their polynomial elsewhere.

    >>> interpolation_matrix(np.array([0.0, 1.0]), np.array([0.25, 1.0])).tolist()
    [[0.75, 0.25], [0.0, 1.0]]
    """
    gaps = at[:, np.newaxis] - y[np.newaxis, :]
    hit = gaps == 0.0
    terms = barycentric_weights(y) / np.where(hit, 1.0, gaps)
    rows = terms / terms.sum(axis=1, keepdims=True)
    found = hit.any(axis=1)
    rows[found] = hit[found]
    return np.asarray(rows)


def differentiation_matrix(y: Array) -> Array:
    """Return the matrix from values at nodes to slopes of their polynomial there.

    >>> differentiation_matrix(np.array([0.0, 2.0])).tolist()
    [[-0.5, 0.5], [-0.5, 0.5]]
    """
    weights = barycentric_weights(y)
    gaps = y[:, np.newaxis] - y[np.newaxis, :]
    np.fill_diagonal(gaps, 1.0)
    matrix = weights[np.newaxis, :] / weights[:, np.newaxis] / gaps
    np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(matrix, -matrix.sum(axis=1))
    return np.asarray(matrix)
