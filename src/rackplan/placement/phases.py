"""In which step everything is built: racks with their units, switches with the first they serve.

A plan is made for the final size, and steps only share it out: a rack belongs to the step of its
SU, a switch to the earliest step that one of its links leads to, a cable to the later step of its
ends. Adding a step at the end, for units that had none, renames, moves and re-ports nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.design import Design
from rackplan.errors import InputError, Problem
from rackplan.placement.racks import RackRows
from rackplan.tables import Array


@dataclass(frozen=True)
class Phases:
    """Number of the step of every rack and device, from 0; shapes (racks,) and (devices,)."""

    racks: Array
    devices: Array

    def with_cdus(self, cdus: Array, hall: Array, row: Array) -> Phases:
        """The steps with every CDU built with the first rack of its row.

        Args:
            cdus: rows of the CDUs.
            hall: hall of each rack; shape (racks,).
            row: row of each rack in its hall.
        """
        racks = self.racks.copy()
        others = np.setdiff1d(np.arange(len(racks)), cdus)
        for cdu in cdus.tolist():
            beside = others[(hall[others] == hall[cdu]) & (row[others] == row[cdu])]
            racks[cdu] = racks[beside].min(initial=np.iinfo(racks.dtype).max)
        racks[racks == np.iinfo(racks.dtype).max] = 0
        return Phases(racks, self.devices)

    def links(self, a: Array, b: Array) -> Array:
        """The step of links by their two devices: the later one."""
        return np.maximum(self.devices[a], self.devices[b])


def phase_of_units(design: Design, units: int) -> Array:
    """The step of every unit (SU, or rack where there are none); what is left over comes last.

    Raises:
        InputError: the steps have more units than the plan (RP346).
    """
    steps = np.repeat(np.arange(len(design.phases)), [step.units for step in design.phases])
    if len(steps) > units:
        message = f"the phases add up to {len(steps):,} units, the plan has {units:,}"
        last = design.phases[-1]
        left = units - len(steps) + last.units
        hint = f"use 'units: {left}' for '{last.name}'" if left > 0 else "leave out a phase"
        hint += "; units are SUs, or racks where there are no SUs"
        raise InputError([Problem("RP346", message, hint, ("phases",))])
    return np.append(steps, np.full(units - len(steps), len(design.phases)))


def assign_phases(design: Design, racks: RackRows, rack: Array, a: Array, b: Array) -> Phases:
    """The step of every rack and device.

    Args:
        design: the design with its steps.
        racks: all racks.
        rack: rack of each device, -1 where none; shape (devices,).
        a: device at the lower end of every link; shape (links,).
        b: device at its upper end.

    Raises:
        InputError: the steps have more units than the plan (RP346).
    """
    if not design.phases:
        return Phases(np.zeros(len(racks), np.int16), np.zeros(len(rack), np.int16))
    late = len(design.phases) + 1
    rack_phase = np.full(len(racks) + 1, late)  # the last one is that of no rack
    device_phase = np.full(len(rack), late)
    unit_of_rack, units = _units(design, racks)
    steps = np.append(phase_of_units(design, units), late)
    computing = np.flatnonzero(racks.purpose == 0)
    rack_phase[computing] = steps[unit_of_rack[computing]]
    side = np.flatnonzero(racks.serves >= 0)
    rack_phase[side] = rack_phase[racks.serves[side]]
    for population in design.populations:
        rows = slice(population.first_node, population.first_node + population.nodes)
        if population.service:  # what serves all is there from the first day
            device_phase[rows] = 0
        elif not population.racks:
            own = np.arange(population.nodes) // (population.nodes_per_su or 1)
            device_phase[rows] = steps[
                np.minimum(_first_unit(design, population.index) + own, units)
            ]
        else:
            device_phase[rows] = rack_phase[rack[rows]]
    for one in design.equipment:
        rows = slice(one.first_device, one.first_device + one.count)
        held = rack[rows]
        device_phase[rows] = np.where(held >= 0, rack_phase[held], 0) if one.system else 0
    for _ in range(6):
        before = device_phase.copy()
        open_ = device_phase == late
        for near, far in ((a, b), (b, a)):
            np.minimum.at(device_phase, far[open_[far]], before[near[open_[far]]])
        if np.array_equal(before, device_phase):
            break
    device_phase[device_phase == late] = 0
    held = rack >= 0
    stands = held & (rack_phase[rack] < late)  # nothing is built before the rack that it is in
    device_phase[stands] = np.maximum(device_phase[stands], rack_phase[rack[stands]])
    loose = held & (rack_phase[rack] == late)
    np.minimum.at(rack_phase, rack[loose], device_phase[loose])
    rack_phase[rack_phase == late] = 0
    return Phases(rack_phase[:-1].astype(np.int16), device_phase.astype(np.int16))


def _first_unit(design: Design, index: int) -> int:
    return sum(_count(design, other) for other in range(index))


def _count(design: Design, index: int) -> int:
    """Units of a population: SUs, else racks, else nodes."""
    population = next(one for one in design.populations if one.index == index and not one.service)
    if population.nodes_per_su:
        return -(-population.nodes // population.nodes_per_su)
    return population.racks or population.nodes


def _units(design: Design, racks: RackRows) -> tuple[Array, int]:
    """Unit of every rack, -1 for those that have none, and the number of units."""
    unit = np.full(len(racks), -1)
    first = 0
    for number, population in enumerate(design.populations):
        if population.service:
            continue
        own = np.flatnonzero((racks.population == number) & (racks.purpose == 0))
        count = _count(design, population.index)
        if len(own):
            su = np.arange(len(own), dtype=np.int64)
            if population.nodes_per_su:  # a rack is there with the first of its nodes
                su = su * population.nodes_per_rack // population.nodes_per_su
            unit[own] = first + np.minimum(su, count - 1)
        first += count
    return unit, first
