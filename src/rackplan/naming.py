"""The key `names` of a deployment: what racks, devices, ports and labels are called.

A template is a text with fields in braces, such as `{rack}-n{slot:02}`; a number after a colon is
the least number of digits. A field is one of a list and nothing else: nothing is looked up in it.
Names come from what never changes (kinds, fabrics, numbers, slots), so a later phase or another
place in the hall renames nothing. Labels may say where an end is.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from string import Formatter
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from rackplan.catalog.base import Model

Style = Literal["plain", "tia606", "oracle", "h3c", "xname"]
Template = Annotated[str, Field(min_length=1, max_length=200)]

STYLES: dict[Style, str] = {
    "plain": "{near.device} {near.port} / {far.device} {far.port}",
    "tia606": "{near.rack}-{near.u:02}:{near.index:02}/{far.rack}-{far.u:02}:{far.index:02}",
    "oracle": "{near.rack}-U{near.u}-P{near.letter} to {far.rack}-U{far.u}-P{far.letter}",
    "h3c": "{near.place}-{near.u:02}-{near.slot:02}-{near.slot_port:02} TO "
    "{far.place}-{far.u:02}-{far.slot:02}-{far.slot_port:02}",
    "xname": "{near.xname} / {far.xname}",
}
"""The label of a cable end by style, the near end first; the far end has the mirror image.

* `tia606`: 606-style, `cabinet-unit:port/cabinet-unit:port`, after the public description of
  expresscorp.com ("Cable label standards: ANSI/TIA-606-B", example `4BK01-55:50/DC.C03-14:04`).
  The standard itself was not read: nothing here is compliant with it.
* `oracle`: `R1-U24-P8A to R1-U1-P3A`, as Oracle's multi-rack cabling tables of Exadata write.
* `h3c`: `A01-01-01-01`: row and column of the rack, chassis, slot, port (H3C S12500R installation
  guide, table 7-1, labels of twisted-pair cables). The unit stands for the chassis.
* `xname`: HPE Cray EX component names (Cray-HPE/docs-csm, "Component Names (xnames)"), see
  `rackplan.schedule.xnames`.
"""

_RACK = {
    "rack": "number among the racks of its kind, from 1",
    "hall": "name of the hall",
    "su": "scalable unit, from 1",
    "place": "number within the scalable unit, from 1",
}
_DEVICE = {"type": "catalog id", "hall": "name of the hall"}
_NODE = {"node": "number of the node, from 1", "role": "compute or service", **_DEVICE}
_SWITCH = {
    "fabric": "fabric",
    "plane": "plane, from 0",
    "role": "leaf, spine, core or router",
    "rail": "rail, from 0",
    "number": "number within fabric, plane, role and rail, from 1",
    "ordinal": "number within fabric, plane and role, from 1",
    "group": "pod, zone or group, from 0",
    **_DEVICE,
}
_PLAIN = {"number": "number among those of its type, from 1", **_DEVICE}
_PORT = {
    "index": "number of the port on its device, from 1",
    "cage": "number of the cage, from 1",
    "sub": "number of the port in its cage, from 1",
}
_NIC = {**_PORT, "nic": "number of the NIC in its node, from 1"}
_END = {
    "device": "name of the device",
    "port": "name of the port, or of all that one plug joins",
    "rack": "name of the rack",
    "u": "lowest unit of the device, its name where it has none",
    "hall": "name of the hall",
    "row": "letter of the row, A for the first",
    "row_number": "number of the row, from 1",
    "position": "position in the row, from 1",
    "place": "row and position, such as A01",
    "index": "number of the port on its device, from 1",
    "cage": "number of the cage, from 1; that of the port where there is none",
    "sub": "number of the port in its cage, from 1",
    "letter": "cage and letter of the port in it, such as 8A",
    "slot": "number of the NIC, from 1; 1 on what has none",
    "slot_port": "number of the port on the NIC, or on the device without one, from 1",
    "xname": "HPE component name",
}
_LINE = {
    "cable": "the cable's id",
    "fabric": "fabric",
    "tier": "tier of its links",
    "plane": "plane, from 0",
    "rail": "rail, from 0",
    "bundle": "the bundle that it is pulled with",
    "hall": "hall of the near end",
}

FIELDS: dict[str, dict[str, str]] = {
    **dict.fromkeys(("rack", "network_rack", "power_rack", "cooling_rack"), _RACK),
    "node": {"rack": "name of its rack", "slot": "place in the rack, from 1", **_NODE},
    "loose_node": _NODE,
    "switch": _SWITCH,
    "shared_switch": _SWITCH,
    "equipment": _PLAIN,
    "panel": {"fabric": "fabric", **_PLAIN},
    "port": _PORT,
    "twin_port": _PORT,
    "nic": _NIC,
    "twin_nic": {**_NIC, "nic_port": "number of the port on its NIC, from 1"},
    "management_port": {"number": "number among the management ports, from 1", **_PORT},
    "panel_port": {"place": "which of the panel's ways, from 1"},
    "label": {
        **{f"near.{name}": f"{doc} at the near end" for name, doc in _END.items()},
        **{f"far.{name}": f"{doc} at the far end" for name, doc in _END.items()},
        **_LINE,
    },
}
"""For each template, its fields and what they hold."""

NUMBERS = frozenset({
    "rack", "su", "place", "slot", "node", "plane", "rail", "number", "ordinal", "group", "index",
    "cage", "sub", "nic", "nic_port", "u", "row_number", "position", "slot_port",
})  # fmt: skip
"""Fields that may hold a number; the others are words and take no number of digits."""

_WORDS = {("node", "rack"), *(("label", f"{side}.{name}") for side in ("near", "far")
                              for name in ("rack", "place"))}  # fmt: skip
_DIGITS = re.compile(r"0?[1-9]?d?")
_BRACES = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9 ._/:#+-]")
_COMMANDS = ("=", "+", "-", "@")


class TemplateError(ValueError):
    """What is wrong with a template, with its place in the text; `hint` is the remedy."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.hint = hint


@dataclass(frozen=True)
class Part:
    """A literal text and the field behind it; no field at the end of a template."""

    literal: str
    field: str | None
    digits: int


def parse_template(text: str, kind: str) -> tuple[Part, ...]:
    """The parts of a template.

    Args:
        text: what a person wrote.
        kind: a key of `FIELDS`, which says what fields there are.

    Raises:
        TemplateError: an unknown field, a wrong format, or characters that names must not have.
    """

    def at_(place: int) -> str:
        return f"at character {place + 1} of '{text}'"

    fields = FIELDS[kind]
    known = f"fields: {', '.join(fields)}"
    places = []
    for match in _BRACES.finditer(text):
        if match[0] in ("{", "}"):
            hint = "write {{ or }} for a brace itself"
            raise TemplateError(f"a single '{match[0]}' {at_(match.start())}", hint)
        if match[0] not in ("{{", "}}"):
            places.append(match.start())
    parts = []
    for literal, name, form, conversion in Formatter().parse(text):
        if name is None:
            parts.append(Part(literal, None, 0))
            continue
        at = at_(places.pop(0))
        if name not in fields:
            raise TemplateError(f"unknown field '{name}' {at}", known)
        if conversion or not _DIGITS.fullmatch(form or ""):
            hint = "only a number of digits may follow, as in {number:04}"
            raise TemplateError(f"bad format of field '{name}' {at}", hint)
        number = name.rpartition(".")[2] in NUMBERS and (kind, name) not in _WORDS
        if form and not number:
            raise TemplateError(f"field '{name}' {at} is no number", f"write {{{name}}}")
        parts.append(Part(literal, name, int((form or "0").rstrip("d") or 0)))
    _check_literals(parts, kind)
    return tuple(parts)


def _check_literals(parts: list[Part], kind: str) -> None:
    """Names begin with a letter or digit; no text commands a spreadsheet or terminal."""
    written, first = "".join(part.literal for part in parts), parts[0].literal[:1] if parts else ""
    if first and commands(first):
        hint = "spreadsheets take it for a formula; begin with a letter or digit"
        raise TemplateError(f"begins with '{first}'", hint)
    if kind == "label":
        wrong = next((one for one in written if not one.isprintable()), "")
        hint = "use printable characters"
    else:
        wrong = next(iter(_NOT_IN_NAMES.findall(written)), "")
        hint = "use letters, digits, space and . _ - / : # +"
        if not wrong and first and not first.isalnum():
            raise TemplateError(f"begins with '{first}'", "begin with a letter or digit")
    if wrong:
        raise TemplateError(f"has the character '{wrong}'", hint)
    if not any(part.field for part in parts):
        raise TemplateError("has no field", f"fields: {', '.join(FIELDS[kind])}")


def commands(first: str) -> bool:
    """Whether a text that begins so is a formula to a spreadsheet, in wide letters too."""
    return first.isspace() or unicodedata.normalize("NFKC", first)[:1] in _COMMANDS


class NamingSpec(Model):
    """What racks, devices, ports and labels are called; each is a template with fields."""

    rack: Template = "r{rack:04}"
    """A rack with nodes. Fields: rack, hall, su, place."""
    network_rack: Template = "net-{rack:04}"
    """A rack of switches."""
    power_rack: Template = "side-{rack:04}"
    """A sidecar."""
    cooling_rack: Template = "cdu-{rack:04}"
    """A CDU."""
    node: Template = "{rack}-n{slot:02}"
    """A node in a rack. Fields: rack, slot, node, role, type, hall."""
    loose_node: Template = "n{node:06}"
    """A node without a rack."""
    switch: Template = "{fabric}-p{plane}-{role}-r{rail}-{number:04}"
    """A switch of one rail. Fields: fabric, plane, role, rail, number, ordinal, group, type."""
    shared_switch: Template = "{fabric}-p{plane}-{role}-{number:04}"
    """A switch that serves all rails."""
    equipment: Template = "{type}-{number:04}"
    """What is only managed: PDUs, power shelves, NVLink switch trays."""
    panel: Template = "{fabric}-{type}-{number:04}"
    """A panel, shuffle box or optical circuit switch."""
    port: Template = "port {index}"
    """A port with a cage of its own. Fields: index, cage, sub."""
    twin_port: Template = "{cage}/{sub}"
    """A port that shares its cage."""
    nic: Template = "nic{nic}"
    """The port of a NIC in a node. Fields: nic, index, cage, sub."""
    twin_nic: Template = "nic{nic}/{nic_port}"
    """A port of a NIC that has several."""
    management_port: Template = "mgmt{number}"
    """A management port of a switch."""
    panel_port: Template = "way {place}"
    """A way through a panel."""
    style: Style = "plain"
    """How labels are written."""
    label: Template | None = None
    """A label of your own instead of the style's: `near.` and `far.` with device, port, rack, u,
    hall, row, position, place, index, cage, letter, slot; and cable, fabric, bundle."""

    @field_validator(*FIELDS, mode="after")
    @classmethod
    def _is_template(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        try:
            parse_template(value, str(info.field_name))
        except TemplateError as error:
            raise PydanticCustomError(
                "RP353", "{reason}", {"reason": str(error), "hint": error.hint}
            ) from error
        return value

    @property
    def label_template(self) -> str:
        """The template of labels: your own, or the style's."""
        return self.label or STYLES[self.style]

    @property
    def is_own(self) -> bool:
        """Whether it names anything in another way than the default."""
        return bool(self.model_fields_set)

    def parts(self, kind: str) -> tuple[Part, ...]:
        """The parts of a template by its key."""
        text = self.label_template if kind == "label" else getattr(self, kind)
        return parse_template(text, kind)

    def missing(self, kind: str) -> list[str]:
        """Fields that a template does not use, in order of the list."""
        used = {part.field for part in self.parts(kind)}
        return [name for name in FIELDS[kind] if name not in used]


DEFAULT = NamingSpec()
"""Names as they are where the deployment says nothing."""


def shown(value: object, digits: int) -> str:
    """A field as text: whole numbers with their digits, nothing where unknown (None)."""
    if value is None:
        return ""
    return f"{value:0{digits}d}" if isinstance(value, int) and digits else str(value)
