"""Failover: what the worst loaded survivor carries when a part of the power tree fails."""

from __future__ import annotations

from typing import Any

import numpy as np

from rackplan.build import Plan
from rackplan.supply.devices import DeviceSupply, device_supplies
from rackplan.supply.tree import PowerTree
from rackplan.tables import Column, Result

_COLUMNS = {
    "failed_kind": Column("str", "", "what kind of part fails"),
    "failed": Column("str", "", "the one whose loss is worst"),
    "survivor": Column("str", "", "the worst loaded part of those that take over"),
    "normal_w": Column("float", "W", "its load while nothing has failed"),
    "load_w": Column("float", "W", "its load after the failure"),
    "limit_w": Column("float", "W", "what it may carry for long; empty where unknown"),
    "margin_w": Column("float", "W", "what is left; negative when it is overloaded"),
    "share": Column("float", "", "load over limit"),
    "holds": Column("bool", "", "whether it holds; empty where no limit is known"),
    "at_least": Column("bool", "", "whether some of the load is unknown"),
}
_TITLE = "Failover of the power tree"


def failover(plan: Plan) -> Result:
    """The worst survivor for every kind of part that may fail, and for the PSUs of devices."""
    tree = plan.power
    if tree is None:
        return Result("failover", _TITLE, _COLUMNS, (), ("the deployment has no key 'power'",))
    rows = [row for kind in ("utility", "UPS", "PDU", "feed") for row in _of_kind(tree, kind)]
    rows += _of_shelves(tree)
    supplies = device_supplies(plan.design, tree.spec.sides_per_rack)
    of_devices = [row for device in supplies for row in _of_device(device, tree)]
    rows += [row for number, row in enumerate(of_devices) if row not in of_devices[:number]]
    notes = [
        "one part fails at a time; the live feeds of a rack share its load evenly",
        "a lost part loads what hangs below its peers as much as the loss of their own peers does",
    ]
    if tree.spec.redundancy == "N":
        notes = ["at N nothing takes over: the loss of a part above the racks darkens its racks"]
    return Result("failover", _TITLE, _COLUMNS, tuple(rows), tuple(notes))


def _of_kind(tree: PowerTree, kind: str) -> list[dict[str, Any]]:
    """The survivor that is loaded most when one of its kind fails; none where nothing moves."""
    rows = tree.rows(kind)
    return _worst(tree, kind, rows[tree.elements["worst_failed"][rows] >= 0])


def _of_shelves(tree: PowerTree) -> list[dict[str, Any]]:
    """The shelves that are loaded most by the loss of a shelf, and by that of a side."""
    rows, table = tree.rows("shelf"), tree.elements
    failed = table["worst_failed"][rows]
    own = rows[failed == rows]
    side = rows[(failed >= 0) & (failed != rows)]
    return [*_worst(tree, "shelf", own), *_worst(tree, "feed", side)]


def _worst(tree: PowerTree, kind: str, rows: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
    """The row of the highest load over limit, where no limit is known of the highest load."""
    if not len(rows):
        return []
    table = tree.elements
    share = table["worst_w"][rows] / table["limit_w"][rows]
    rated = not np.isnan(share).all()
    at = int(rows[np.nanargmax(share) if rated else table["worst_w"][rows].argmax()])
    limit = float(table["limit_w"][at])
    return [
        _row(
            kind,
            tree.name(int(table["worst_failed"][at])),
            tree.name(at),
            float(table["normal_w"][at]),
            float(table["worst_w"][at]),
            None if np.isnan(limit) else limit,
            at_least=bool(table["at_least"][at]),
        )
    ]


def _of_device(device: DeviceSupply, tree: PowerTree) -> list[dict[str, Any]]:
    """The PSUs of a device when one fails, and when a side takes its share of them."""
    name, load = f"a PSU of {device.name}", device.load_w
    if load is None or device.normal_w is None:
        return []
    rows = []
    if device.count > 1:
        each = load / (device.count - 1)
        rows.append(_row("PSU", name, name, device.normal_w, each, device.each_w, at_least=False))
    if device.worst_w is not None and device.left < device.count and tree.spec.redundancy != "N":
        lost = f"a side with {device.count - device.left} of its {device.count} PSUs"
        rows.append(
            _row("feed", lost, name, device.normal_w, device.worst_w, device.each_w, at_least=False)
        )
    return rows


def _row(
    kind: str,
    failed: str,
    survivor: str,
    normal: float,
    load: float,
    limit: float | None,
    *,
    at_least: bool,
) -> dict[str, Any]:
    margin = None if limit is None else limit - load
    return {
        "failed_kind": kind,
        "failed": failed,
        "survivor": survivor,
        "normal_w": normal,
        "load_w": load,
        "limit_w": limit,
        "margin_w": margin,
        "share": load / limit if limit else None,
        "holds": None if margin is None or limit is None else margin >= -1e-9 * limit,
        "at_least": at_least,
    }
