"""Ask the subnet manager for the service level of every path between two channel adapters.

Usage: service_levels.py SUBNET OUTPUT

Run with the library of the simulator loaded, while OpenSM serves the subnet that it dumped into
the file SUBNET. Each line of OUTPUT is what ibdmchk reads: GUID of the source, LID of the
destination, service level. One process asks for all paths, thousands a second; `saquery` is a
process a path, as answers of more than one packet do not come through the simulator.

Reference: linux-rdma/rdma-core, libibmad/mad.h, `ib_path_query_via`.
"""

from __future__ import annotations

import ctypes
import itertools
import re
import sys
from pathlib import Path

PREFIX = bytes.fromhex("fe80000000000000")
"""The first half of the GID of every port of a subnet."""
CLASSES = (1, 0x81, 3)
"""Management classes: by LID, by directed route, subnet administration."""
RECORD_BYTES = 256
LEVEL_BYTE = 53
"""Where a path record holds the service level, in the lower four bits."""


class DirectedRoute(ctypes.Structure):
    """`ib_dr_path_t`."""

    _fields_ = (
        ("cnt", ctypes.c_int),
        ("p", ctypes.c_uint8 * 64),
        ("drslid", ctypes.c_uint16),
        ("drdlid", ctypes.c_uint16),
    )


class PortId(ctypes.Structure):
    """`ib_portid_t`."""

    _fields_ = (
        ("lid", ctypes.c_int),
        ("drpath", DirectedRoute),
        ("grh_present", ctypes.c_int),
        ("gid", ctypes.c_uint8 * 16),
        ("qp", ctypes.c_uint32),
        ("qkey", ctypes.c_uint32),
        ("sl", ctypes.c_uint8),
        ("pkey_idx", ctypes.c_uint),
    )


def main(subnet: Path, output: Path) -> None:
    """Write the level of every path."""
    text = subnet.read_text("utf-8")
    ends = r"\{ CA(-SM)? [^{}]* NodeGUID:(\w+) PortGUID:(\w+) [^{}]*\{[^{}]*\} LID:(\w+)"
    found = dict.fromkeys(re.findall(ends, text))  # a link is told at both of its ends
    (manager,) = (PortId(lid=int(lid, 16)) for sm, *_, lid in found if sm)
    adapters = [(node, PREFIX + bytes.fromhex(port), int(lid, 16)) for _, node, port, lid in found]
    ctypes.CDLL("libibumad.so.3", mode=ctypes.RTLD_GLOBAL)
    mad = ctypes.CDLL("libibmad.so.5")
    mad.mad_rpc_open_port.restype = ctypes.c_void_p
    classes = (ctypes.c_int * len(CLASSES))(*CLASSES)
    port = ctypes.c_void_p(mad.mad_rpc_open_port(None, 0, classes, len(CLASSES)))
    record = ctypes.create_string_buffer(RECORD_BYTES)
    with output.open("w", encoding="utf-8") as file:
        for (node, source, _), (_, target, lid) in itertools.permutations(adapters, 2):
            answer = mad.ib_path_query_via(port, source, target, ctypes.byref(manager), record)
            if answer != lid:
                sys.exit(f"no path from {node} to LID {lid}")
            file.write(f"0x{node} {lid} {record.raw[LEVEL_BYTE] & 15}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
