"""The power tree: elements from utility to racks, what each carries, and what feeds what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from rackplan.feeds import PowerSpec
from rackplan.supply.carried import Carried, carried
from rackplan.supply.columns import ELEMENTS, KINDS, MEDIA, SUPPLIES
from rackplan.supply.electric import Electric, electric
from rackplan.supply.loads import Bools, Floats, Ints, RackLoads
from rackplan.supply.paths import Paths, paths_of
from rackplan.supply.within import Rows, rows_of_racks, rows_of_shelves, rows_of_sidecars
from rackplan.tables import Array, Table


@dataclass(frozen=True)
class PowerTree:
    """The power tree of a plan.

    Attributes:
        elements: table `elements`; rows from top to bottom, within a kind by group and side.
        supplies: table `supplies`, what feeds what.
        halls: names of the halls.
    """

    spec: PowerSpec
    loads: RackLoads
    elements: Table
    supplies: Table
    halls: tuple[str, ...] = ()

    def rows(self, kind: str) -> Ints:
        """Rows of the elements of a kind, a word of `KINDS`."""
        return np.flatnonzero(self.elements.where("kind", kind))

    def name(self, row: int) -> str:
        """Name of an element: `PDU 2-B`, `feed A of rack-7`, `a shelf of rack-7`."""
        value = {key: int(self.elements[key][row]) for key in ("kind", "hall", "side", "number")}
        kind, side = KINDS[value["kind"]], self.elements.words["side"][value["side"]]
        rack = int(self.elements["rack"][row])
        if rack >= 0:
            of = self.loads.names[rack]
            return {"feed": f"feed {side} of {of}", "shelf": f"a shelf of {of}"}.get(
                kind, f"{kind} {of}"
            )
        hall = value["hall"]
        where = f" of {self.halls[hall]}" if hall >= 0 and len(self.halls) > 1 else ""
        number = "" if kind == "utility" else f"{value['number'] + 1}-"
        return f"{kind} {number}{side}{where}"


@dataclass(frozen=True)
class Weights:
    """What a rack weighs on the parts of each kind, over all its sides; arrays (racks,). [W]

    A sidecar weighs what its racks draw and what it loses on the way; they weigh nothing.
    """

    feed: Floats
    pdu: Floats
    ups: Floats
    utility: Floats
    unknown: Bools


def power_tree(loads: RackLoads, spec: PowerSpec, halls: tuple[str, ...] = ()) -> PowerTree:
    """The power tree of some racks.

    Args:
        loads: the racks, in the order of the table `racks`.
        spec: the key `power` of the deployment.
        halls: names of the halls, for the names of elements.
    """
    paths, weights, wires = paths_of(loads, spec), weights_of(loads, spec), electric(loads, spec)
    layers = _layers(paths, weights, wires, spec)
    start = 0
    for layer in layers:
        layer.number_from(start)
        start += layer.count
    feeds = layers[-1]
    parts = [layer.columns(spec) for layer in layers]
    shelves = rows_of_shelves(loads, weights.feed, paths.sides, feeds.row, start, spec)
    sidecars = rows_of_sidecars(loads, start + shelves.count)
    racks = rows_of_racks(loads, wires, start + shelves.count + sidecars.count)
    parts += [shelves.columns, sidecars.columns, racks.columns]
    columns = {key: np.concatenate([part[key] for part in parts]) for key in ELEMENTS.columns}
    sides = tuple(chr(ord("A") + side) for side in range(spec.systems))
    words = {"kind": KINDS, "side": (*sides, ""), "medium": MEDIA}
    columns["side"] = np.where(columns["side"] < 0, len(sides), columns["side"])
    elements = Table(ELEMENTS, columns, words)
    supplies = _supplies(elements, layers, paths, (shelves, sidecars, racks), loads)
    return PowerTree(spec, loads, elements, supplies, halls)


def weights_of(loads: RackLoads, spec: PowerSpec) -> Weights:
    """Loads at every level: losses and diversity on the way up.

    PDU: sum of feeds x diversity. UPS: that over the PDU's efficiency. Utility: IT x PUE, or where
    no PUE is told, that over the efficiency of the UPS too.
    """
    drawn = loads.drawn_w
    beside = loads.sidecar >= 0
    passed = loads.beside(drawn)
    has = loads.beside(np.ones(len(loads))) > 0
    feed = np.where(beside, 0.0, drawn + passed / np.nan_to_num(loads.efficiency, nan=1.0))
    it = np.where(beside, 0.0, drawn * loads.it + loads.beside(drawn * loads.it))
    unknown = loads.unknown | (loads.beside(loads.unknown) > 0) | (has & np.isnan(loads.efficiency))
    pdu = feed * spec.diversity
    ups = pdu / (spec.pdu_efficiency or 1.0)
    above = ups / (spec.ups_efficiency or 1.0)
    utility = above if spec.pue is None else it * spec.diversity * spec.pue
    return Weights(feed, pdu, ups, utility, unknown)


@dataclass
class Layer:
    """The parts of one kind above the racks, one a group and side, and their rows."""

    kind: str
    loads: Carried
    hall: Ints
    number: Ints
    rack: Ints
    units: Ints
    rating_w: Floats
    derate: float
    volts: Floats
    per_amp: Floats
    direct: Bools
    unsure: bool = False
    row: Ints = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    """(groups, sides) row of elements, -1 where there is no such part."""

    @property
    def count(self) -> int:
        """Rows of the layer."""
        return int(self.loads.present.sum())

    def number_from(self, start: int) -> None:
        """Number the rows, group by group and side by side."""
        self.row = np.full(self.loads.present.shape, -1, dtype=np.int64)
        self.row[self.loads.present] = start + np.arange(self.count)

    def columns(self, spec: PowerSpec) -> Mapping[str, Array]:
        """The columns of its rows; loads, ratings and currents are those of one unit."""
        group, side = np.nonzero(self.loads.present)
        at = (group, side)
        failed = self.loads.failed[at]
        units = self.units[group]
        normal, worst = self.loads.normal_w[at] / units, self.loads.worst_w[at] / units
        kept = self.derate * (1 - spec.headroom)
        return {
            "kind": np.full(len(group), KINDS.index(self.kind)),
            "hall": self.hall[group],
            "side": side,
            "number": self.number[group],
            "rack": self.rack[group],
            "units": units,
            "racks": self.loads.racks[at],
            "capacity_w": self.rating_w[group],
            "limit_w": self.rating_w[group] * kept,
            "normal_w": normal,
            "worst_w": worst,
            "worst_failed": np.where(failed < 0, -1, self.row[group, failed]),
            "needed_w": worst / kept,
            "volts": self.volts[group],
            "normal_a": normal / self.per_amp[group],
            "worst_a": worst / self.per_amp[group],
            "medium": self.direct[group].astype(np.int64),
            "at_least": self.loads.unknown[at] | self.unsure,
        }


def _layers(paths: Paths, weights: Weights, wires: Electric, spec: PowerSpec) -> list[Layer]:
    """Utility, UPS, PDU and feeds."""
    moves = spec.redundancy != "N"
    direct = spec.current == "dc"

    def shared(
        kind: str, watts: Floats, group: Ints, hall: Ints, number: Ints, rating: float | None
    ) -> Layer:
        count = len(hall)
        known = kind == "PDU"  # nobody tells the voltage above the PDUs
        volts, per_amp = (spec.voltage_v, wires.site_per_amp) if known else (np.nan, np.nan)
        unsure = {
            "utility": spec.pue is None, "UPS": spec.pdu_efficiency is None, "PDU": False,
        }[kind]  # fmt: skip
        return Layer(
            kind,
            carried(watts, group, count, paths.sides, weights.unknown, moves=moves),
            hall,
            number,
            rack=np.full(count, -1),
            units=np.ones(count, dtype=np.int64),
            rating_w=np.full(count, np.nan if rating is None else rating),
            derate=spec.derate if known else 1.0,
            volts=np.full(count, volts),
            per_amp=np.full(count, per_amp),
            direct=np.full(count, direct and kind != "utility"),
            unsure=unsure,
        )

    zeros = np.zeros(len(paths.utility_hall), dtype=np.int64)
    racks = len(paths.pdu)
    feeds = Layer(
        "feed",
        carried(
            weights.feed, np.where(paths.pdu < 0, -1, np.arange(racks)), racks, paths.sides,
            weights.unknown, moves=moves,
        ),
        wires.hall, np.full(racks, -1), np.arange(racks), wires.cords, wires.breaker_w,
        spec.derate, wires.volts, wires.per_amp, wires.direct,
    )  # fmt: skip
    return [
        shared("utility", weights.utility, paths.utility, paths.utility_hall, zeros,
               spec.utility_w),
        shared("UPS", weights.ups, paths.ups, paths.ups_hall, paths.ups_number, spec.ups_w),
        shared("PDU", weights.pdu, paths.pdu, paths.pdu_hall, paths.pdu_number, spec.pdu_w),
        feeds,
    ]  # fmt: skip


def _supplies(
    elements: Table,
    layers: list[Layer],
    paths: Paths,
    within: tuple[Rows, Rows, Rows],
    loads: RackLoads,
) -> Table:
    """What feeds what: down each side, then over shelves and sidecars to the racks."""
    edges = []
    groups = (
        paths.utility,
        paths.ups,
        paths.pdu,
        np.where(paths.pdu < 0, -1, np.arange(len(loads))),
    )
    for level in range(3):
        upper, lower = layers[level], layers[level + 1]
        above = np.full(len(lower.hall), -1, dtype=np.int64)
        fed = groups[level + 1] >= 0
        above[groups[level + 1][fed]] = groups[level][fed]
        group, side = np.nonzero(lower.loads.present)
        edges.append((upper.row[above[group], side], lower.row[group, side]))
    shelves, sidecars, racks = within
    entry = np.where(sidecars.row >= 0, sidecars.row, racks.row)
    first = np.where(shelves.row >= 0, shelves.row, entry)
    group, side = np.nonzero(layers[3].loads.present)
    edges.append((layers[3].row[group, side], first[group]))
    held = np.flatnonzero(shelves.row >= 0)
    edges.append((shelves.row[held], entry[held]))
    own = np.flatnonzero(sidecars.row >= 0)
    edges.append((sidecars.row[own], racks.row[own]))
    beside = np.flatnonzero(loads.sidecar >= 0)
    reached = np.where(shelves.row >= 0, shelves.row, racks.row)
    edges.append((sidecars.row[loads.sidecar[beside]], reached[beside]))
    source = np.concatenate([edge[0] for edge in edges])
    consumer = np.concatenate([edge[1] for edge in edges])
    whole = elements["limit_w"] * elements["units"]
    columns = {
        "source": source,
        "consumer": consumer,
        "side": elements["side"][source],
        "medium": elements["medium"][source],
        "limit_w": np.fmin(whole[source], whole[consumer]),
    }
    words = {"side": elements.words["side"], "medium": MEDIA}
    return Table(SUPPLIES, columns, words)
