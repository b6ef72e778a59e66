"""Finite fields GF(q) as tables, for the graphs that are built over them.

Element `a[0] + a[1]*p + ... + a[n-1]*p**(n-1)` of GF(p**n), with digits a below the prime p,
stands for the polynomial `a[0] + a[1]*x + ... + a[n-1]*x**(n-1)` over the integers modulo p, taken
modulo a primitive polynomial of degree n: so 0 and 1 are themselves, and in a field of prime
order every element is its own remainder.

Reference: R. Lidl and H. Niederreiter, "Finite Fields", 2nd edition, 1997, chapters 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rackplan.wiring import IntArray


@dataclass(frozen=True, eq=False)
class Field:
    """The arithmetic of a finite field; the tables are read-only and are indexed by elements.

    Attributes:
        order: q, the number of elements.
        powers: every element but zero as a power of one primitive element; shape (q - 1,).
        sums: a + b; shape (q, q).
        products: a * b; shape (q, q).
        negatives: -a; shape (q,).
        inverses: 1 / a, and 0 in place of 1 / 0; shape (q,).
    """

    order: int
    powers: IntArray
    sums: IntArray
    products: IntArray
    negatives: IntArray
    inverses: IntArray


@lru_cache(maxsize=4)
def field(order: int) -> Field:
    """The field of a prime power order; its two square tables take `16 * order**2` bytes.

    Raises:
        ValueError: the order is no prime power.
    """
    found = prime_power(order)
    if found is None:
        raise ValueError(f"{order} is no prime power")
    prime, degree = found
    powers = _powers(prime, degree)
    logarithms = np.zeros(order, dtype=np.int64)
    logarithms[powers] = np.arange(order - 1)
    sums = _sums(prime, degree)
    products = powers[(logarithms[:, None] + logarithms) % (order - 1)]
    products[0] = products[:, 0] = 0
    inverses = powers[-logarithms % (order - 1)]
    inverses[0] = 0
    made = Field(order, powers, sums, products, np.argmin(sums, axis=1), inverses)
    for table in (made.powers, made.sums, made.products, made.negatives, made.inverses):
        table.setflags(write=False)
    return made


def prime_power(number: int) -> tuple[int, int] | None:
    """The (prime, exponent) of a prime power; None for every other number."""
    prime = next((d for d in range(2, number + 1) if d * d > number or number % d == 0), 0)
    if not prime:
        return None
    prime = prime if number % prime == 0 else number
    exponent = 0
    while number % prime == 0:
        number, exponent = number // prime, exponent + 1
    return (prime, exponent) if number == 1 else None


@lru_cache(maxsize=4)
def prime_powers(most: int) -> tuple[int, ...]:
    """All prime powers up to a number, ascending."""
    return tuple(number for number in range(2, most + 1) if prime_power(number))


def nearest(number: int, choices: Iterable[int]) -> list[int]:
    """The choice below a number and the one above it, where there are any."""
    ordered = sorted(choices)
    below = [choice for choice in ordered if choice < number]
    above = [choice for choice in ordered if choice > number]
    return below[-1:] + above[:1]


def _sums(prime: int, degree: int) -> IntArray:
    """Sums digit by digit, modulo the prime; there are ten digits at most."""
    element = np.arange(prime**degree)
    total = np.zeros((len(element), len(element)), dtype=np.int64)
    for place in (prime**digit for digit in range(degree)):
        digits = element // place % prime
        total += (digits[:, None] + digits) % prime * place
    return total


def _powers(prime: int, degree: int) -> IntArray:
    """The powers 1, x, x**2 ... of x in the first ring where they are all elements but zero.

    Rings differ in the element that x**degree is; where its last digit is not 0, x is a unit and
    its powers come back to 1, and only a field has `q - 1` units. The loop is over elements.
    """
    order = prime**degree
    rings = (_orbit(prime, degree, leading) for leading in range(1, order) if leading % prime)
    return np.array(next(orbit for orbit in rings if len(orbit) == order - 1), dtype=np.int64)


def _orbit(prime: int, degree: int, leading: int) -> list[int]:
    """The powers of x before 1 comes again, where x**degree is the element `leading`."""
    orbit = [1]
    while (element := _times_x(prime, degree, leading, orbit[-1])) != 1:
        orbit.append(element)
    return orbit


def _times_x(prime: int, degree: int, leading: int, element: int) -> int:
    """An element times x: its digits move up, the one that leaves comes back as `leading`."""
    top, rest = divmod(element, prime ** (degree - 1))
    shifted = rest * prime
    places = [prime**digit for digit in range(degree)]
    return sum((shifted // place + top * (leading // place)) % prime * place for place in places)
