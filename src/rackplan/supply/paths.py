"""Which sides feed a rack, and which PDU, UPS and utility path stand on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.feeds import PowerSpec
from rackplan.supply.loads import Bools, Ints, RackLoads
from rackplan.tables import number_within

PAIRS = np.array([
    [1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 1], [0, 1, 1, 0],
], dtype=np.bool_)  # fmt: skip
"""The six pairs of four systems; two neighbours in the list touch all four, so that the load is
level after every second rack."""


@dataclass(frozen=True)
class Paths:
    """The way from the utility to every rack.

    Racks that a sidecar feeds have no way of their own: -1 everywhere, and no side.

    Attributes:
        sides: (racks, systems), which systems feed a rack.
        pdu: group of the rack's PDUs: one PDU a side and group; (racks,), as the next two.
        ups: group of its UPS.
        utility: group of its utility paths.
        pdu_hall: hall of every PDU group, -1 for several halls; (groups,), as all that follow.
        pdu_number: number of the group within its hall.
    """

    sides: Bools
    pdu: Ints
    ups: Ints
    utility: Ints
    pdu_hall: Ints
    pdu_number: Ints
    ups_hall: Ints
    ups_number: Ints
    utility_hall: Ints


def paths_of(loads: RackLoads, spec: PowerSpec) -> Paths:
    """Sides by rank of the rack in its hall; PDUs by row or rank; UPS by rank of the PDU."""
    fed = np.flatnonzero(loads.sidecar < 0)
    rank = _rank(loads, fed)
    sides = np.zeros((len(loads), spec.systems), dtype=np.bool_)
    heavy = _by_load(loads, fed, rank)
    sides[fed] = PAIRS[heavy % len(PAIRS)] if spec.redundancy == "4-to-make-3" else True
    hall = loads.hall[fed]
    pdu, pdu_hall, pdu_number = _grouped(hall, _pdu_numbers(loads, spec, fed, rank))
    per_ups = spec.pdus_per_ups or max(1, len(pdu_hall))
    order_in_hall = number_within(pdu_hall) if len(pdu_hall) else pdu_hall
    ups_of_pdu, ups_hall, ups_number = _grouped(pdu_hall, order_in_hall // per_ups)
    site = hall if spec.utility_per == "hall" else np.full(len(hall), -1)
    utility, utility_hall, _ = _grouped(site, np.zeros(len(hall), dtype=np.int64))
    return Paths(
        sides,
        _spread(pdu, fed, len(loads)),
        _spread(ups_of_pdu[pdu], fed, len(loads)),
        _spread(utility, fed, len(loads)),
        pdu_hall,
        pdu_number,
        ups_hall,
        ups_number,
        utility_hall,
    )


def _rank(loads: RackLoads, fed: Ints) -> Ints:
    """Number of each fed rack in its hall by row and position; those without a row come last."""
    row = loads.row[fed]
    last = np.where(row < 0, np.iinfo(np.int64).max, row)
    order = np.lexsort((fed, loads.position[fed], last, loads.hall[fed]))
    rank = np.empty(len(fed), dtype=np.int64)
    if len(fed):
        rank[order] = number_within(loads.hall[fed][order])
    return rank


def _by_load(loads: RackLoads, fed: Ints, rank: Ints) -> Ints:
    """Number of each fed rack in its hall, the heaviest first: pairs in turn come out even."""
    drawn = (loads.drawn_w + loads.beside(loads.drawn_w))[fed]
    order = np.lexsort((rank, -drawn, loads.hall[fed]))
    number = np.empty(len(fed), dtype=np.int64)
    if len(fed):
        number[order] = number_within(loads.hall[fed][order])
    return number


def _pdu_numbers(loads: RackLoads, spec: PowerSpec, fed: Ints, rank: Ints) -> Ints:
    """Number of each fed rack's PDU in its hall."""
    if spec.racks_per_pdu is not None:
        return rank // spec.racks_per_pdu
    row = loads.row[fed]
    number = row // (spec.rows_per_pdu or 1)
    # Racks outside of rows share a PDU of their own, numbered after those of all rows.
    after = number.max(initial=-1) + 1
    return np.where(row < 0, after, number)


def _grouped(hall: Ints, number: Ints) -> tuple[Ints, Ints, Ints]:
    """Group of each element by hall and number, and the hall and number of every group."""
    if not len(hall):
        return (np.zeros(0, dtype=np.int64),) * 3
    both, group = np.unique(np.stack([hall, number], 1), axis=0, return_inverse=True)
    return group.reshape(-1).astype(np.int64), both[:, 0], both[:, 1]


def _spread(values: Ints, fed: Ints, racks: int) -> Ints:
    """The values of the fed racks over all racks, -1 for the others."""
    spread = np.full(racks, -1, dtype=np.int64)
    spread[fed] = values
    return spread
