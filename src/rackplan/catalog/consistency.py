"""Numbers of one entry that must close on each other."""

from __future__ import annotations

from typing import Any

from rackplan.catalog.base import Entry
from rackplan.catalog.switches import Switch


def contradictions(entry: Entry, fact: str = "", value: Any = None) -> list[str]:
    """What does not close in an entry, or would not if one fact had another value.

    Args:
        entry: the entry; only switches with co-packaged optics have counts to close.
        fact: dotted name of a fact to replace, for example `co_packaged.asics`.
        value: the value to try in its place.

    Returns:
        One sentence a contradiction; with `fact`, only those that the new value brings.
    """
    if not isinstance(entry, Switch) or entry.co_packaged is None:
        return []
    if not fact:
        return _co_packaged(entry)
    if not fact.startswith("co_packaged.") or value is None:
        return []
    field = fact.removeprefix("co_packaged.")
    optics = entry.co_packaged
    other = getattr(optics, field).model_copy(update={"value": value})
    panel = _panel(entry) if field.startswith("panel_") else []
    tried = entry.model_copy(update={"co_packaged": optics.model_copy(update={field: other})})
    return [text for text in _co_packaged(tried) if text not in _co_packaged(entry)] + panel


def _co_packaged(switch: Switch) -> list[str]:
    """Fibers of the engines against those of the ports, laser fibers against lasers."""
    optics = switch.co_packaged
    if optics is None:
        return []
    found = []
    ports = switch.ports.value
    wanted = ports * optics.fibers_per_port.value
    if optics.data_fibers != wanted:
        found.append(
            f"{optics.engines} engines have {optics.data_fibers:,} data fibers, "
            f"{ports} ports need {wanted:,}"
        )
    per_engine = optics.laser_fibers_per_engine.value
    if per_engine and optics.lasers and (optics.engines * per_engine) % optics.lasers:
        found.append(
            f"{optics.engines} engines take {optics.engines * per_engine:,} laser fibers, "
            f"which {optics.lasers:,} lasers do not feed evenly"
        )
    rows, columns = optics.panel_rows.value, optics.panel_columns.value
    if rows is not None and columns is not None and rows * columns != ports:
        found.append(_grid(rows, columns, ports))
    return found


def _panel(switch: Switch) -> list[str]:
    """The published panel grid, told once for rows and columns together."""
    optics = switch.co_packaged
    if optics is None or optics.panel_rows.value is not None:
        return []
    rows = [claim.value for claim in optics.panel_rows.alternatives if claim.value]
    columns = [claim.value for claim in optics.panel_columns.alternatives if claim.value]
    return [
        _grid(r, c, switch.ports.value)
        for r, c in zip(rows, columns, strict=False)
        if r * c != switch.ports.value
    ]


def _grid(rows: int, columns: int, ports: int) -> str:
    return f"a grid of {columns} x {rows} holds {rows * columns} connectors, not {ports}"
