"""What InfiniBand tools write down of a running fabric: `ibnetdiscover` and `opensm-subnet.lst`.

`ibnetdiscover` prints a section a node and a line a port; OpenSM dumps a line an end of a link.
Either end may tell of a link, and two that do must agree. Nodes go by their description, such as
`leaf-1` or `r0001-n01 HCA-1`; by their GUID where it is empty or several carry the same one.

Reference: linux-rdma/rdma-core, ibnetdiscover(8); linux-rdma/opensm, osm_dump.c.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rackplan.errors import MAX_PROBLEMS_SHOWN, FileAccessError, InputError, Problem
from rackplan.observe.links import Links

End = tuple[str, int]
"""A port: the id of its node, and its number."""

_SKIPPED = re.compile(r"\s*(?:#.*)?|[a-z]+=.*")
_NODE = re.compile(r'(?:Switch|Ca|Hca|Rt)\s+(\d{1,3})\s+"([^"]+)"(?:\s*#\s*"(.*)".*)?\s*')
_PORT = re.compile(r'\[(\d{1,3})\](?:\([0-9a-f]+\))?\s+"([^"]+)"\[(\d{1,3})\].*')
_SIDE = (
    r"\{ (?:SW|CA|Rt|\*\*)(?:-SM)? Ports:([0-9A-Fa-f]{2}) SystemGUID:\w+ NodeGUID:(\w{16}) "
    r"[^{]*\{(.*?)\} LID:\w+ PN:([0-9A-Fa-f]{2}) \}"
)
_LINK = re.compile(rf"{_SIDE} {_SIDE}.*")
_AGAIN = "the fabric changed meanwhile, or the file was edited: run the discovery again"
_WHOLE = "the file seems cut off: give all of it"
_FORMATS = "give what ibnetdiscover prints, or the opensm-subnet.lst of OpenSM, unchanged"


def read_discovered(file: Path | str) -> Links:
    """The links of a subnet from the output of `ibnetdiscover` or from `opensm-subnet.lst`.

    Raises:
        FileAccessError: RP009, it cannot be read.
        InputError: RP006 no text, RP040 a line is not understood, RP041 what is told does not
            fit together; each with its line.
    """
    name = str(file)
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        message = f"cannot read: {(error.strerror or 'input or output error').lower()}"
        raise FileAccessError([Problem("RP009", message, "check its name", file=name)]) from error
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"the file is not UTF-8: byte {error.start} is 0x{content[error.start]:02x}"
        problem = Problem("RP006", message, _FORMATS, file=name, line=1, column=1)
        raise InputError([problem]) from error
    return parse_discovered(text, name)


def parse_discovered(text: str, file: str) -> Links:
    """The links in such a text; `file` is the name that messages carry.

    Raises:
        InputError: see `read_discovered`.
    """
    reading = _Reading(file)
    read_line = _subnet_line if text.startswith("{") else _Sections().read_line
    for number, line in enumerate(text.split("\n"), start=1):
        if not read_line(reading, number, line.rstrip("\r")):
            reading.refuse("RP040", number, f"this line is not understood: '{line}'", _FORMATS)
        if len(reading.problems) >= MAX_PROBLEMS_SHOWN:
            break
    return reading.links()


@dataclass
class _Reading:
    """What has been read so far; problems carry the line that they were found in."""

    file: str
    names: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    peers: dict[End, End] = field(default_factory=dict)
    told: dict[End, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, code: str, line: int, message: str, hint: str) -> None:
        self.problems.append(Problem(code, message, hint, file=self.file, line=line, column=1))

    def add_node(self, line: int, node: str, ports: int, name: str | None) -> None:
        """Take a node; one that is known already must be told alike."""
        known = (self.names.setdefault(node, name or ""), self.ports.setdefault(node, ports))
        if known != (name or "", ports):
            self.refuse("RP041", line, f"node '{node}' is told twice, in two ways", _AGAIN)

    def add_link(self, line: int, here: End, there: End) -> None:
        """Take a link; neither of its ends may lead elsewhere, nor to itself."""
        if here == there:
            message = f"port {here[1]} of '{here[0]}' leads to itself"
            self.refuse("RP041", line, message, _AGAIN)
            return
        for end, peer in ((here, there), (there, here)):
            self.told.setdefault(end, line)
            if self.peers.setdefault(end, peer) != peer:
                other = self.peers[end]
                message = (
                    f"port {end[1]} of '{end[0]}' leads to port {peer[1]} of '{peer[0]}', and on "
                    f"line {self.told[end]} to port {other[1]} of '{other[0]}'"
                )
                self.refuse("RP041", line, message, _AGAIN)
                return

    def links(self) -> Links:
        """All links, once every end is known to exist.

        Raises:
            InputError: RP040 nothing was understood, RP041 what was told does not fit together.
        """
        for (node, port), line in self.told.items():
            if node not in self.ports:
                self.refuse("RP041", line, f"node '{node}' is not in the file", _WHOLE)
            elif not 1 <= port <= self.ports[node]:
                message = f"'{node}' has ports 1 to {self.ports[node]}, not {port}"
                self.refuse("RP041", line, message, _AGAIN)
        if not self.ports and not self.problems:
            self.refuse("RP040", 1, "the file holds no node", _FORMATS)
        if self.problems:
            raise InputError(self.problems)
        shared = Counter(self.names.values())
        place = {node: index for index, node in enumerate(self.names)}
        once = [(a, b) for a, b in self.peers.items() if a < b]
        ends = np.array(
            [[(place[node], port) for node, port in pair] for pair in once], dtype=np.int64
        ).reshape(-1, 2, 2)
        names = (name if name and shared[name] == 1 else node for node, name in self.names.items())
        return Links(tuple(names), ends[:, :, 0].T, ends[:, :, 1].T)


def _subnet_line(reading: _Reading, number: int, line: str) -> bool:
    """Take a line of `opensm-subnet.lst`; false where it is none."""
    found = _LINK.fullmatch(line)
    if found is None:
        return not line
    ends = []
    for ports, guid, name, port in (found.groups()[:4], found.groups()[4:]):
        reading.add_node(number, guid.lower(), int(ports, 16), name)
        ends.append((guid.lower(), int(port, 16)))
    reading.add_link(number, *ends)
    return True


@dataclass
class _Sections:
    """The sections of an `ibnetdiscover` output: a port belongs to the node before it."""

    node: str = ""

    def read_line(self, reading: _Reading, number: int, line: str) -> bool:
        """Take a line; false where it is none."""
        if found := _PORT.fullmatch(line):
            port, peer, peer_port = found.groups()
            if self.node:
                reading.add_link(number, (self.node, int(port)), (peer, int(peer_port)))
            return bool(self.node)
        if found := _NODE.fullmatch(line):
            ports, self.node, name = found.groups()
            reading.add_node(number, self.node, int(ports), name)
            return True
        return bool(_SKIPPED.fullmatch(line))
