"""Finite fields: the axioms, on every small field and on samples of large ones."""

from __future__ import annotations

import numpy as np
import pytest

from rackplan import galois
from rackplan.galois import Field

SMALL = [2, 3, 4, 5, 7, 8, 9, 11, 13, 16, 17, 19, 23, 25, 27, 29, 31, 32]
LARGE = [64, 81, 121, 125, 127, 128, 243, 256, 343, 512, 729, 961, 1021, 1024]


def is_prime_power(number: int) -> bool:
    """By factors: a prime power has one prime divisor."""
    primes = [p for p in range(2, number + 1) if all(p % d for d in range(2, p))]
    return sum(number % p == 0 for p in primes) == 1


def triples(field: Field) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All triples of a small field, some of a large one."""
    elements = np.arange(field.order)
    step = max(1, field.order // 30)
    return tuple(grid.ravel() for grid in np.meshgrid(*[elements[::step]] * 3))


@pytest.mark.parametrize("order", SMALL + LARGE)
def test_addition_is_a_commutative_group(order: int) -> None:
    field = galois.field(order)
    a, b, c = triples(field)
    plus = field.sums
    assert (plus[plus[a, b], c] == plus[a, plus[b, c]]).all()
    assert (plus == plus.T).all()
    assert (plus[0] == np.arange(order)).all()
    assert (plus[np.arange(order), field.negatives] == 0).all()
    assert (np.sort(plus, axis=1) == np.arange(order)).all()


@pytest.mark.parametrize("order", SMALL + LARGE)
def test_multiplication_is_a_commutative_group_without_zero(order: int) -> None:
    field = galois.field(order)
    a, b, c = triples(field)
    times, units = field.products, np.arange(1, order)
    assert (times[times[a, b], c] == times[a, times[b, c]]).all()
    assert (times == times.T).all()
    assert (times[1] == np.arange(order)).all()
    assert (times[0] == 0).all()
    assert (times[units, field.inverses[1:]] == 1).all()
    assert (np.sort(times[1:, 1:], axis=1) == units).all()


@pytest.mark.parametrize("order", SMALL + LARGE)
def test_multiplication_distributes_over_addition(order: int) -> None:
    field = galois.field(order)
    a, b, c = triples(field)
    apart = field.sums[field.products[a, b], field.products[a, c]]
    assert (field.products[a, field.sums[b, c]] == apart).all()


@pytest.mark.parametrize("order", SMALL + LARGE)
def test_the_powers_of_one_element_are_all_but_zero(order: int) -> None:
    field = galois.field(order)
    assert sorted(field.powers.tolist()) == list(range(1, order))
    assert field.powers[0] == 1
    generator = field.powers[1 % (order - 1)]
    assert (field.products[field.powers, generator] == np.roll(field.powers, -1)).all()


@pytest.mark.parametrize("prime", [2, 5, 23, 1021])
def test_a_field_of_prime_order_counts_modulo_the_prime(prime: int) -> None:
    field, element = galois.field(prime), np.arange(prime)
    assert (field.sums == (element[:, None] + element) % prime).all()
    assert (field.products == element[:, None] * element % prime).all()


@pytest.mark.parametrize("order", [4, 8, 9, 25, 27, 1024])
def test_the_prime_added_so_often_to_itself_is_zero(order: int) -> None:
    field = galois.field(order)
    prime, _ = galois.prime_power(order) or (0, 0)
    total = np.zeros(order, dtype=int)
    for _ in range(prime):
        total = field.sums[total, np.arange(order)]
    assert (total == 0).all()


def test_prime_powers_are_those_with_one_prime_divisor() -> None:
    expected = [number for number in range(2, 301) if is_prime_power(number)]
    assert list(galois.prime_powers(300)) == expected
    assert [n for n in range(-2, 301) if galois.prime_power(n)] == expected
    assert all(prime**n == q for q in expected for prime, n in [galois.prime_power(q) or (0, 0)])


@pytest.mark.parametrize("order", [-3, 0, 1, 6, 10, 12, 28, 1000, 1023])
def test_other_orders_have_no_field(order: int) -> None:
    assert galois.prime_power(order) is None
    with pytest.raises(ValueError, match=f"{order} is no prime power"):
        galois.field(order)


def test_nearest_gives_the_choices_beside_a_number() -> None:
    assert galois.nearest(28, [27, 29, 31]) == [27, 29]
    assert galois.nearest(2, [3, 4]) == [3]
    assert galois.nearest(9, [3, 4]) == [4]
    assert galois.nearest(9, []) == []


def test_tables_are_shared_and_read_only() -> None:
    assert galois.field(9) is galois.field(9)
    with pytest.raises(ValueError, match="read-only"):
        galois.field(9).sums[0, 0] = 1
