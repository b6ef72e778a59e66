"""The two labels of every cable: the near end first, the far end the mirror image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rackplan.errors import InputError, Problem
from rackplan.naming import DEFAULT, NamingSpec, commands, shown
from rackplan.schedule.arrow import duplicate, taken
from rackplan.schedule.places import Places
from rackplan.schedule.ports import Ports
from rackplan.tables import Array, Table

_STANDING = ("rack", "row", "row_number", "position", "place")


@dataclass
class EndTexts:
    """The fields of one end of all rows as texts, made when a template asks for them.

    Attributes:
        racks: the table of racks.
        places: devices and panels.
        ports: where the ends are.
        port: names of the ports, those of one plug joined.
        xname: HPE component names; None where no template asks for them.
    """

    racks: Table
    places: Places
    ports: Ports
    port: pa.Array
    xname: pa.Array | None
    made: dict[tuple[str, int], pa.Array] = field(default_factory=dict)

    def text(self, name: str, digits: int) -> pa.Array:
        """A field of all rows."""
        key = (name, digits)
        if key not in self.made:
            self.made[key] = self._make(name, digits)
        return self.made[key]

    def _make(self, name: str, digits: int) -> pa.Array:
        if name in ("port", "xname"):
            return getattr(self, name)
        if name == "device":
            return taken(self.places.names, self.ports.device)
        if name == "letter":
            return self._letters()
        if name in ("rack", "hall", "row", "row_number", "position", "place"):
            return self._of_rack(name, digits)
        values = self._numbers(name)
        unknown = np.isnan(values)
        distinct, code = np.unique(np.where(unknown, 0, values), return_inverse=True)
        texts = taken([shown(_whole(one), digits) for one in distinct.tolist()], code)
        if not np.any(unknown):
            return texts
        return pc.if_else(pa.array(unknown), self.text("device", 0), texts)

    def _numbers(self, name: str) -> Array:
        """A numeric field, nan where unknown."""
        ports = self.ports
        if name == "u":
            return self.places.u[ports.device]
        index = np.where(ports.place > 0, ports.place, ports.index)
        cage = np.where(ports.cage > 0, ports.cage, index)
        found = {
            "index": index,
            "cage": cage,
            "sub": ports.sub,
            "slot": np.maximum(ports.nic, 1),
            "slot_port": np.where(ports.nic > 0, ports.nic_port, index),
        }
        return found[name].astype(float)

    def _letters(self) -> pa.Array:
        """Cage and letter of the port in it: 8A; the number alone where a cage has one port."""
        cage = self._numbers("cage").astype(np.int64)
        letter = np.where(self.ports.shares > 1, self.ports.sub, 0)
        key, code = np.unique(cage * 32 + letter, return_inverse=True)
        texts = [f"{one // 32}{letters(one % 32 - 1)}" for one in key.tolist()]
        return taken(texts, code)

    def _of_rack(self, name: str, digits: int) -> pa.Array:
        racks = self.racks
        rack = self.places.rack[self.ports.device]
        if name == "rack":
            return taken(self.places.racks, rack)
        if name == "hall":
            return taken(self.places.halls, self.places.hall[self.ports.device])
        row, position = racks["row"].tolist(), racks["position"].tolist()
        texts = {
            "row": [letters(one) for one in row],
            "row_number": [shown(one + 1 if one >= 0 else None, digits) for one in row],
            "position": [shown(one + 1 if one >= 0 else None, digits) for one in position],
            "place": [letters(one) + (f"{at + 1:02d}" if one >= 0 else "")
                      for one, at in zip(row, position, strict=True)],
        }  # fmt: skip
        return taken(texts[name], rack)


def _whole(value: float) -> int | float:
    return int(value) if value == int(value) else value


def letters(number: int) -> str:
    """0 is A, 25 is Z, 26 is AA; nothing below zero."""
    text = ""
    while number >= 0:
        text = chr(ord("A") + number % 26) + text
        number = number // 26 - 1
    return text


def labels(  # how, both ends, what they share, and whose they are
    naming: NamingSpec, a: EndTexts, z: EndTexts, line: Mapping[str, pa.Array], cable: Array
) -> tuple[pa.Array, pa.Array]:
    """The labels at end A and at end Z of every row.

    Args:
        naming: the templates.
        a: texts of the lower end.
        z: texts of the upper end.
        line: texts of the fields that both ends share, such as `cable`.
        cable: row of the cable; the ends of one cable may have one label.

    Raises:
        InputError: ends of two cables have one label (RP347), or a label begins as a formula
            does (RP353).
    """
    _check_known(naming, (a, z), line["cable"])
    found = tuple(_rendered(naming, near, far, line) for near, far in ((a, z), (z, a)))
    _check_start(found)
    if naming != DEFAULT:
        _check_unique(naming, found, a, z, line, cable)
    return found[0], found[1]


def _rendered(
    naming: NamingSpec, near: EndTexts, far: EndTexts, line: Mapping[str, pa.Array]
) -> pa.Array:
    parts: list[pa.Array | str] = []
    for part in naming.parts("label"):
        if part.literal:
            parts.append(part.literal)
        if part.field is not None:
            parts.append(_field(part.field, part.digits, near, far, line))
    return pc.binary_join_element_wise(*parts, "")


def _field(
    name: str, digits: int, near: EndTexts, far: EndTexts, line: Mapping[str, pa.Array]
) -> pa.Array:
    side, _, own = name.rpartition(".")
    if side:
        return (near if side == "near" else far).text(own, digits)
    if name == "hall":
        return near.text("hall", 0)
    if not digits:
        return line[name]
    whole = pc.utf8_lpad(line[name], digits, "0")
    return pc.if_else(pc.equal(line[name], ""), "", whole)


def _check_known(naming: NamingSpec, ends: Sequence[EndTexts], cable: pa.Array) -> None:
    """RP353 where a label says in which rack or row an end is, and that is not known."""
    for part in naming.parts("label"):
        own = (part.field or "").rpartition(".")[2]
        if own not in _STANDING or own == part.field:
            continue
        for end in ends:
            empty = pc.equal(end.text(own, part.digits), "")
            if pc.any(empty).as_py():
                row = pc.index(empty, True).as_py()
                message = f"{{{part.field}}} is not known at an end of cable {cable[row].as_py()}"
                hint = "place everything with the key 'floor', or use style 'plain'"
                key = "label" if naming.label else "style"
                raise InputError([Problem("RP353", message, hint, ("names", key))])


def _check_start(found: Sequence[pa.Array]) -> None:
    """RP353 where a label begins with a sign that makes a spreadsheet compute it."""
    for texts in found:
        first = pc.unique(pc.utf8_slice_codeunits(texts, 0, 1)).to_pylist()
        wrong = [one for one in first if one and commands(one)]
        if wrong:
            message = f"a label would begin with '{wrong[0]}', which spreadsheets compute"
            hint = "begin the template with a letter or a name"
            raise InputError([Problem("RP353", message, hint, ("names", "label"))])


def _check_unique(  # the same, and the labels
    naming: NamingSpec,
    found: Sequence[pa.Array],
    a: EndTexts,
    z: EndTexts,
    line: Mapping[str, pa.Array],
    cable: Array,
) -> None:
    """RP347 where ends of two cables have one label; the message names both, and a remedy."""
    pair = duplicate(found, cable)
    if pair is None:
        return
    rows = len(found[0])
    told = [f"{line['cable'][one % rows].as_py()} (end {'AZ'[one // rows]})" for one in pair]
    text = found[pair[1] // rows][pair[1] % rows].as_py()
    differ = []
    for name in naming.missing("label"):
        values = []
        for one in pair:
            near, far = (a, z) if one < rows else (z, a)
            if name.endswith(".xname") and near.xname is None:
                break
            values.append(_field(name, 0, near, far, line)[one % rows].as_py())
        if len(set(values)) > 1 and "" not in values:
            differ.append(name)
    message = f"cables {told[0]} and {told[1]} would both have the label '{text}'"
    hint = (
        f"add {{{differ[0]}}} to names.label; they differ in {', '.join(differ[:4])}"
        if differ
        else "use fields that tell them apart"
    )
    key = "label" if naming.label else "style"
    raise InputError([Problem("RP347", message, hint, ("names", key))])
