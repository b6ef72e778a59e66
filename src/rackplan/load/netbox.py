"""Import of a community device type (NetBox devicetype-library YAML) as a catalog entry."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rackplan.errors import InputError, Problem
from rackplan.load.yaml_document import Document, read_yaml

SOURCE = "netbox-devicetypes"
_RATES = {"infiniband-hdr": 200.0, "infiniband-ndr": 400.0, "infiniband-xdr": 800.0}
_ETHERNET = re.compile(r"([0-9]+(?:\.[0-9]+)?)(g|t)base.*")
_KILOGRAMS = {"kg": 1.0, "g": 0.001, "lb": 0.45359237, "oz": 0.028349523125}


@dataclass(frozen=True)
class Imported:
    """A switch entry made from a device type.

    Attributes:
        id: the id to store it under.
        text: the YAML of the entry.
        lacks: what the device type does not say and a plan may need.
    """

    id: str
    text: str
    lacks: tuple[str, ...]


def import_device_type(file: Path | str) -> Imported:
    """Read a device type and turn it into a switch entry.

    Raises:
        FileAccessError: it cannot be read.
        InputError: RP213, it is no device type or has no network ports of a known rate.
    """
    document = read_yaml(file)
    data = document.data
    if not isinstance(data, dict) or not isinstance(data.get("interfaces"), list):
        raise _refused(document, "this is no device type: it lists no interfaces", ())
    rates: Counter[float] = Counter()
    kinds: Counter[str] = Counter()
    for interface in data["interfaces"]:
        kind = interface.get("type") if isinstance(interface, dict) else None
        rate = None if not isinstance(kind, str) or interface.get("mgmt_only") else _rate(kind)
        if rate is not None:
            rates[rate] += 1
            kinds["infiniband" if str(kind).startswith("infiniband") else "ethernet"] += 1
    if not rates:
        raise _refused(document, "no interface has a type of a known rate", ("interfaces",))
    rate, ports = max(rates.items(), key=lambda item: (item[0] * item[1], item[0]))
    entry: dict[str, Any] = {
        "name": " ".join(str(data[key]) for key in ("manufacturer", "model") if data.get(key)),
        "source": SOURCE,
        "status": "press",
        "part_numbers": [str(data["part_number"])] if data.get("part_number") else [],
        "ports": ports,
        "port_gbps": rate,
        "protocol": kinds.most_common(1)[0][0],
        "height_u": data.get("u_height"),
        "weight_kg": _weight(data),
        "power": _power(data),
    }
    kept = {key: value for key, value in entry.items() if value not in (None, [], {})}
    lacks = ["cages and their form", "module", "typical power"]
    lacks += [name for name, key in (("weight", "weight_kg"), ("nameplate power", "power"))
              if key not in kept]  # fmt: skip
    if len(rates) > 1:
        others = ", ".join(f"{n} x {r:g} Gb/s" for r, n in sorted(rates.items()) if r != rate)
        lacks.append(f"what the other ports are for ({others})")
    kept["note"] = f"Imported from a NetBox device type; it does not say: {', '.join(lacks)}."
    name = str(data.get("slug") or data.get("model") or Path(file).stem).lower()
    text = yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=100)
    return Imported(re.sub(r"[^a-z0-9.-]+", "-", name).strip("-."), text, tuple(lacks))


def _refused(document: Document, message: str, path: tuple[str, ...]) -> InputError:
    hint = "give a file of the devicetype-library"
    return InputError([document.place(Problem("RP213", message, hint, path))])


def _rate(kind: str) -> float | None:
    """The rate that an interface type stands for, None where it has none. [Gb/s]"""
    if kind in _RATES:
        return _RATES[kind]
    found = _ETHERNET.fullmatch(kind)
    if found is None:
        return None
    return float(found[1]) * (1000 if found[2] == "t" else 1)


def _weight(data: dict[str, Any]) -> float | None:
    weight, unit = data.get("weight"), data.get("weight_unit")
    if isinstance(weight, int | float) and unit in _KILOGRAMS:
        return round(weight * _KILOGRAMS[unit], 3)
    return None


def _power(data: dict[str, Any]) -> dict[str, Any]:
    """The largest draw of all supplies, as the nameplate; empty when one is unsaid."""
    supplies = data.get("power-ports")
    if not isinstance(supplies, list) or not supplies:
        return {}
    draws = [supply.get("maximum_draw") for supply in supplies if isinstance(supply, dict)]
    known = [draw for draw in draws if isinstance(draw, int | float)]
    if len(known) < len(supplies):
        return {}
    total = sum(known)
    note = f"Sum of the largest draw of {len(known)} supplies."
    return {"provisioned_w": {"value": total, "status": "derived", "note": note}}
