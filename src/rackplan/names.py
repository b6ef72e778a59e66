"""Names of devices and ports, rendered from stable keys and never from row numbers.

A node is named after its rack and slot, a switch after its fabric, plane, role, rail and number:
`r0007-n03`, `compute-p0-leaf-r2-0005`. A later phase only adds names.
"""

from __future__ import annotations

import numpy as np

from rackplan.tables import Table, number_within


def device_names(devices: Table) -> list[str]:
    """The name of every device, in row order."""
    columns = {name: devices[name].tolist() for name in
               ("kind", "role", "fabric", "plane", "rail", "rack", "slot", "ordinal")}  # fmt: skip
    in_rail = _number_in_rail(devices).tolist()
    node = devices.code("kind", "node")
    plain = {devices.code("kind", word) for word in ("equipment", "panel")}
    plain_names = _plain_names(devices, plain)
    roles, fabrics = devices.words["role"], devices.words["fabric"]
    names = []
    for row, kind in enumerate(columns["kind"]):
        if kind == node:
            rack = columns["rack"][row]
            names.append(
                f"r{rack + 1:04d}-n{columns['slot'][row] + 1:02d}"
                if columns["slot"][row] >= 0
                else f"n{columns['ordinal'][row] + 1:06d}"
            )
            continue
        if kind in plain:
            names.append(plain_names[row])
            continue
        fabric, role = fabrics[columns["fabric"][row]], roles[columns["role"][row]]
        rail = columns["rail"][row]
        place = f"r{rail}-{in_rail[row] + 1:04d}" if rail >= 0 else f"{in_rail[row] + 1:04d}"
        names.append(f"{fabric}-p{columns['plane'][row]}-{role}-{place}")
    return names


def _plain_names(devices: Table, kinds: set[int]) -> dict[int, str]:
    """Names of equipment and panels: fabric, if any, type and number."""
    types, fabrics = devices.words["type"], devices.words["fabric"]
    rows = np.flatnonzero(np.isin(devices["kind"], list(kinds))).tolist()
    counts: dict[str, int] = {}
    names = {}
    for row in rows:
        fabric = fabrics[devices["fabric"][row]]
        word = f"{fabric}-{types[devices['type'][row]]}" if fabric else types[devices["type"][row]]
        counts[word] = counts.get(word, 0) + 1
        names[row] = f"{word}-{counts[word]:04d}"
    return names


def _number_in_rail(devices: Table) -> np.ndarray:
    """The number of each switch among those of its fabric, plane, role and rail, from zero."""
    keys = np.stack([devices[name] for name in ("kind", "fabric", "plane", "role", "rail")])
    _, group = np.unique(keys, axis=1, return_inverse=True)
    return number_within(group)
