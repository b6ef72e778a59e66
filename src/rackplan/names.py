"""Names of racks, devices and ports, rendered from stable keys and never from row numbers.

A node is named after its rack and slot, a switch after its fabric, plane, role, rail and number:
`r0007-n03`, `compute-p0-leaf-r2-0005`. A later phase only adds names. Templates of a deployment
(`rackplan.naming`) may say it otherwise.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from rackplan.errors import InputError, Problem
from rackplan.naming import DEFAULT, NamingSpec, Part, shown
from rackplan.tables import Array, Table, number_within

RACK_KINDS = ("rack", "rack", "network_rack", "power_rack", "cooling_rack")
"""Template of a rack by its purpose: compute, service, network, power, cooling."""
LONGEST = 80
"""Characters that a name may have."""

Values = tuple[Array, Sequence[object]]
"""A field of many things: a code for each, and the values that the codes stand for (-1: none)."""


def names_of(tables: Mapping[str, Table], design: Any) -> tuple[list[str], list[str]]:
    """Names of the racks and of the devices of a plan, each in row order.

    Raises:
        InputError: two things have one name (RP347).
    """
    naming = design.names
    racks = rack_names({n: tables["racks"][n] for n in ("purpose", "hall", "su")},
                       design.halls, naming)  # fmt: skip
    return racks, device_names(tables["devices"], naming, racks, design.halls)


def rack_names(
    racks: Mapping[str, Array], halls: Sequence[str] = (), naming: NamingSpec = DEFAULT
) -> list[str]:
    """The name of every rack, in row order.

    Args:
        racks: columns purpose, hall and su; shape (racks,). Racks with nodes count together.
        halls: names of the halls.
        naming: the templates.

    Raises:
        InputError: two racks have one name (RP347).
    """
    kind = np.array([0, 0, 1, 2, 3])[racks["purpose"]]
    within = number_within(kind * (int(racks["su"].max(initial=-1)) + 2) + racks["su"] + 1)
    fields: dict[str, Values] = {
        "rack": _numbers(number_within(kind) + 1),
        "hall": (racks["hall"], halls),
        "su": _numbers(racks["su"] + 1),
        "place": _numbers(np.where(racks["su"] < 0, 0, within + 1)),
    }
    names = np.empty(len(kind), dtype=object)
    for number, template in enumerate(dict.fromkeys(RACK_KINDS)):
        rows = np.flatnonzero(kind == number)
        names[rows] = render(naming.parts(template), fields, rows)
    found: list[str] = names.tolist()
    if naming != DEFAULT:
        plain = rack_names(racks, halls)
        kinds = [tuple(dict.fromkeys(RACK_KINDS))[one] for one in kind.tolist()]
        check_names(found, plain, kinds, fields, naming, "racks")
    return found


def device_names(
    devices: Table,
    naming: NamingSpec = DEFAULT,
    racks: Sequence[str] = (),
    halls: Sequence[str] = (),
) -> list[str]:
    """The name of every device, in row order.

    Args:
        devices: the table of devices.
        naming: the templates.
        racks: names of the racks with nodes, by row; made from their numbers when absent.
        halls: names of the halls.

    Raises:
        InputError: two devices have one name (RP347).
    """
    kinds = _kinds(devices)
    fields = _fields(devices, racks, halls)
    names = np.empty(len(devices), dtype=object)
    for number, template in enumerate(_TEMPLATES):
        rows = np.flatnonzero(kinds == number)
        own = "plain_number" if template in ("equipment", "panel") else "number"
        at = fields | {"number": fields[own]}
        parts = naming.parts(template)
        if template == "panel" and naming == DEFAULT:  # one of no fabric begins with its type
            bare = rows[devices["fabric"][rows] == devices.code("fabric", "")]
            names[bare] = render(naming.parts("equipment"), at, bare)
            rows = rows[devices["fabric"][rows] != devices.code("fabric", "")]
        names[rows] = render(parts, at, rows)
    found: list[str] = names.tolist()
    if naming != DEFAULT:
        words = [_TEMPLATES[one] for one in kinds.tolist()]
        check_names(found, device_names(devices), words, fields, naming, "devices")
    return found


_TEMPLATES = ("node", "loose_node", "switch", "shared_switch", "equipment", "panel")


def _kinds(devices: Table) -> Array:
    """Which template names each device: its number in `_TEMPLATES`."""
    node, switch = devices.where("kind", "node"), devices.where("kind", "switch")
    return np.select(
        [node & (devices["slot"] >= 0), node, switch & (devices["rail"] >= 0), switch,
         devices.where("kind", "equipment")],
        [0, 1, 2, 3, 4], 5,
    )  # fmt: skip


def _fields(devices: Table, racks: Sequence[str], halls: Sequence[str]) -> dict[str, Values]:
    """The fields of all templates of devices, over all devices."""
    most = int(devices["rack"].max(initial=-1)) + 1
    named = racks or [f"r{row + 1:04d}" for row in range(most)]
    plain = ~(devices.where("kind", "node") | devices.where("kind", "switch"))
    of_type = devices["fabric"].astype(np.int64) * (len(devices.words["type"]) + 1)
    return {
        "rack": (devices["rack"], named),
        "slot": _numbers(devices["slot"] + 1),
        "node": _numbers(devices["ordinal"] + 1),
        "type": (devices["type"], devices.words["type"]),
        "role": (devices["role"], devices.words["role"]),
        "hall": (devices["hall"], halls),
        "fabric": (devices["fabric"], devices.words["fabric"]),
        "plane": _numbers(devices["plane"], least=0),
        "rail": _numbers(devices["rail"], least=0),
        "group": _numbers(devices["group"], least=0),
        "ordinal": _numbers(devices["ordinal"] + 1),
        "number": _numbers(_number_in_rail(devices) + 1),
        "plain_number": _numbers(number_within(
            np.where(plain, of_type + devices["type"], -1)) + 1),
    }  # fmt: skip


def _number_in_rail(devices: Table) -> Array:
    """The number of each switch among those of its fabric, plane, role and rail, from zero."""
    keys = np.stack([devices[name] for name in ("kind", "fabric", "plane", "role", "rail")])
    _, group = np.unique(keys, axis=1, return_inverse=True)
    return number_within(group)


def _numbers(values: Array, least: int = 1) -> Values:
    """A numeric field; numbers below the least are unknown."""
    top = int(values.max(initial=0))
    return np.where(values < least, -1, values), range(top + 1)


def render(parts: tuple[Part, ...], fields: Mapping[str, Values], rows: Array) -> list[str]:
    """A template for some rows, in order; what is unknown of a row is left empty."""
    columns: list[list[str]] = []
    form = ""
    for part in parts:
        form += part.literal.replace("{", "{{").replace("}", "}}")
        if part.field is not None:
            form += "{}"
            codes, values = fields[part.field]
            columns.append(_texts(codes[rows], values, part.digits))
    if not columns:
        return [form.format()] * len(rows)
    return list(map(form.format, *columns))


def _texts(codes: Array, values: Sequence[object], digits: int) -> list[str]:
    """The texts of a field, each distinct value formatted once."""
    present, place = np.unique(codes, return_inverse=True)
    known = len(values)
    texts = [shown(values[one], digits) if 0 <= one < known else "" for one in present.tolist()]
    taken: list[str] = np.array(texts, dtype=object)[place].tolist()
    return taken


def check_names(  # the names, what tells things apart, and what made the names
    names: Sequence[str],
    plain: Sequence[str],
    kinds: Sequence[str],
    fields: Mapping[str, Values],
    naming: NamingSpec,
    what: str,
) -> None:
    """Refuse names that are equal, empty or too long.

    Names are compared as people and file systems do: NFKC, without regard to case. `plain` are
    the names that rackplan would give, which tell the two apart in the message.

    Raises:
        InputError: two things have one name, or a name is none (RP347).
    """
    for row, name in enumerate(names):
        if not name or len(name) > LONGEST or not name[0].isalnum():
            told = f"'{name}' is no name for {plain[row]}: empty, longer than {LONGEST}, or " \
                   "not begun with a letter or digit"  # fmt: skip
            raise _refused(told, "change the template", kinds[row])
    pair = first_pair(folded(names))
    if pair is None:
        return
    one, two = pair
    message = f"{what} {plain[one]} and {plain[two]} would both be called '{names[two]}'"
    raise _refused(message, _remedy(pair, kinds, fields, naming), kinds[two])


def _remedy(
    pair: tuple[int, int],
    kinds: Sequence[str],
    fields: Mapping[str, Values],
    naming: NamingSpec,
) -> str:
    """Which field tells two things apart that a template makes equal."""
    one, two = pair
    if kinds[one] != kinds[two]:
        return f"let names.{kinds[one]} and names.{kinds[two]} begin differently"
    unused = [name for name in naming.missing(kinds[two]) if name in fields]
    differ = [name for name in unused if fields[name][0][one] != fields[name][0][two]]
    if differ:
        return f"add {{{differ[0]}}} to the template; the two differ in {', '.join(differ)}"
    return "use fields that tell them apart"


def _refused(message: str, hint: str, kind: str) -> InputError:
    return InputError([Problem("RP347", message, hint, ("names", kind))])


def folded(names: Iterable[str]) -> list[str]:
    """Names as they are compared: NFKC and case-folded."""
    return [
        name.lower() if name.isascii() else unicodedata.normalize("NFKC", name).casefold()
        for name in names
    ]


def first_pair(names: Sequence[str]) -> tuple[int, int] | None:
    """The first two places with one name; None where all differ."""
    if len(set(names)) == len(names):
        return None
    seen: dict[str, int] = {}
    for place, name in enumerate(names):  # only on the way to an error message
        if name in seen:
            return seen[name], place
        seen[name] = place
    return None
