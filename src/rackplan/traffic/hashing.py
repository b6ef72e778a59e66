"""Flows that choose one of several equal links by a hash: how unevenly they fall."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rackplan.tables import Array


@dataclass(frozen=True)
class Hashed:
    """As many flows as links, each on a link chosen at random.

    Attributes:
        most: mean of the number of flows on the fullest link.
        idle: mean share of links without a flow.
    """

    most: float
    idle: float

    @property
    def slowest(self) -> float:
        """Share of line rate that a flow on the fullest link gets."""
        return 1 / self.most


def hashed(links: int) -> Hashed:
    """The mean fullest link of n flows on n links, exactly and not by trials.

    Of the `n^n` ways, those with no more than k flows on a link are `n!` times the coefficient of
    `x^n` in `(sum over j <= k of x^j / j!)^n`; the mean of the greatest number is the sum over k
    of the share of ways that exceed k. Terms carry a factor `1/e` each, so that they stay
    probabilities and none is too large.
    """
    poisson = np.array([math.exp(-1 - math.lgamma(j + 1)) for j in range(links + 1)])
    whole = math.exp(links * math.log(links) - links - math.lgamma(links + 1))
    most = 0.0
    for flows in range(links + 1):
        below = _power(poisson[: flows + 1], links)
        share = min(1.0, float(below[links]) / whole) if len(below) > links else 0.0
        if 1 - share < 1e-12:
            break
        most += 1 - share
    return Hashed(most, (1 - 1 / links) ** links)


def _power(terms: Array, exponent: int) -> Array:
    """A polynomial to a power, up to that power of its variable."""
    result, square = np.ones(1), terms
    left = exponent
    while left:
        if left & 1:
            result = np.convolve(result, square)[: exponent + 1]
        square = np.convolve(square, square)[: exponent + 1]
        left >>= 1
    return result
