"""The power supplies (PSUs) of devices: what each carries when one fails, or a whole side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rackplan.catalog.base import PLANNING_ORDER, Supplies
from rackplan.design import Design
from rackplan.wattage import planned_node, type_watts


@dataclass(frozen=True)
class DeviceSupply:
    """The power supplies of one type of device.

    Attributes:
        name: the device.
        devices: how many of it there are.
        count: supplies of one device.
        needed: supplies that carry its full load, as the maker says; None where unpublished.
        each_w: output of one supply; None where unpublished. [W]
        load_w: planned power of the device; None where unpublished. [W]
        left: supplies that are left when one side fails and takes its share of them.
    """

    name: str
    devices: int
    count: int
    needed: int | None
    each_w: float | None
    load_w: float | None
    left: int

    @property
    def normal_w(self) -> float | None:
        """What each supply carries while nothing has failed: P / n. [W]"""
        return None if self.load_w is None else self.load_w / self.count

    @property
    def worst_w(self) -> float | None:
        """What each of those carries that are left when a side fails. [W]"""
        return None if self.load_w is None or not self.left else self.load_w / self.left


def device_supplies(design: Design, sides: int) -> list[DeviceSupply]:
    """Every type of device with known supplies, nodes before switches.

    Args:
        design: the design.
        sides: sides that feed a rack; its devices' supplies are spread evenly over them.
    """
    rows = dict.fromkeys(_nodes(design, sides))
    return [*rows, *dict.fromkeys(_switches(design, sides))]


def _nodes(design: Design, sides: int) -> Iterator[DeviceSupply]:
    for population in design.populations:
        if population.system is None or population.system.shelves is None:
            planned = planned_node(population)
            watts = None if planned is None else planned[1]
            node = population.node
            yield from _row(node.title, population.nodes, node.supplies, watts, sides)


def _switches(design: Design, sides: int) -> Iterator[DeviceSupply]:
    for fabric in design.fabrics:
        for key, (switch, count) in fabric.types().items():
            drawn = (type_watts(fabric, key, kind) for kind in PLANNING_ORDER)
            whole = next((watts for watts in drawn if watts is not None), None)
            each = None if whole is None or not count else whole / count
            yield from _row(switch.title, count, switch.supplies, each, sides)


def _row(
    name: str, devices: int, supplies: Supplies, load: float | None, sides: int
) -> Iterator[DeviceSupply]:
    count = supplies.count.value
    if count:
        left = count - -(-count // sides) if 1 < sides <= count else count if sides == 1 else 0
        needed, each = supplies.needed.value, supplies.each_w.value
        yield DeviceSupply(name, devices, count, needed, each, load, left)
