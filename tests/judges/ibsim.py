"""A subnet simulated by `ibsim`, and what the real OpenSM finds in it and makes of it.

Neither needs hardware, a kernel module or root. Programs attach to the simulator through a
library that is loaded into them; the simulator's socket is named anew for each run, so runs do not
meet. What is started is killed by its own process, never by name.

OpenSM says success by its log and not by its exit code: it ends with 0 also where the wanted
engine refused the fabric and another took its place.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

import rackplan
from rackplan.exports.ibnetdiscover import device_guids, netlist
from rackplan.names import device_names
from rackplan.planes import Plane

Find = Callable[..., Path]
"""The fixture `require_program`."""

READY_S = 60
OPENSM_S = 600
_RUNS = itertools.count()


@dataclass(frozen=True)
class Subnet:
    """What OpenSM left behind after one sweep.

    Attributes:
        folder: where its dumps lie.
        engine: the engine whose tables it configured, `ftree` for example.
        errors: the numbers of the errors in its log, `AB0B` for example, each once.
        log: its log.
    """

    folder: Path
    engine: str
    errors: tuple[str, ...]
    log: str

    @property
    def links(self) -> Path:
        """The file of all links."""
        return self.folder / "opensm-subnet.lst"

    def lids(self) -> dict[tuple[str, int], int]:
        """The LID of every port by name and port; all ports of a switch have that of the switch."""
        ends = re.findall(r"\{([^{}]*)\} LID:(\w+) PN:(\w+) ", self.links.read_text("utf-8"))
        return {(name, int(port, 16)): int(lid, 16) for name, lid, port in ends}

    def tables(self) -> dict[int, npt.NDArray[np.int64]]:
        """The forwarding table of every switch by its GUID: LID and port, shape (2, entries)."""
        text = (self.folder / "opensm.fdbs").read_text("utf-8")
        found = {}
        for block in text.split("dump_ucast_routes: Switch ")[1:]:
            entries = re.findall(r"^0x(\w{4}) : (\d{3})  :", block, re.MULTILINE)
            pairs = [(int(lid, 16), int(port)) for lid, port in entries]
            found[int(block[:18], 16)] = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        return found

    def guids(self) -> dict[int, str]:
        """The name of every node by its GUID."""
        ends = re.findall(r"NodeGUID:(\w+) [^{}]*\{([^{}]*)\}", self.links.read_text("utf-8"))
        return {int(guid, 16): name for guid, name in ends}


def sweep(plan: rackplan.Plan, plane: Plane, engine: str, folder: Path, find: Find) -> Subnet:
    """Let OpenSM discover and route one plane of a plan once."""
    folder.mkdir(parents=True, exist_ok=True)
    opensm = find("opensm")
    with simulated(plan, plane, folder, find) as environment:
        subprocess.run(
            [opensm, "-o", "-R", engine, "-D", "0x43", "-e", "-f", folder / "opensm.log"],
            env={**environment, "OSM_TMP_DIR": f"{folder}/", "OSM_CACHE_DIR": f"{folder}/"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=OPENSM_S, check=True,
        )  # fmt: skip
    log = (folder / "opensm.log").read_text("utf-8", errors="replace")
    assert "SUBNET UP" in log, log[-2000:]
    engines = re.findall(r"(\w+) tables configured on all switches", log)
    return Subnet(folder, engines[-1], tuple(dict.fromkeys(re.findall(r"ERR (\w+):", log))), log)


@contextmanager
def simulated(
    plan: rackplan.Plan, plane: Plane, folder: Path, find: Find
) -> Iterator[dict[str, str]]:
    """Run the simulator on a plane; gives the environment in which programs see its subnet."""
    program = find("ibsim")
    devices = plan.tables["devices"]
    file = folder / f"{plane.name}.net"
    file.write_bytes(netlist(plan, plane, device_names(devices), device_guids(devices)))
    (library,) = Path("/usr/lib").glob("*/umad2sim/libumad2sim.so")
    environment = {**os.environ, "IBSIM_SOCKNAME": f"rackplan-{os.getpid()}-{next(_RUNS)}"}
    log = folder / "ibsim.log"
    sizes = ["-N", "60000", "-S", "4000", "-P", "2000000", "-L", "49152"]
    with log.open("wb") as output:
        simulator = subprocess.Popen(
            [program, "-s", "-n", *sizes, file],
            env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait_until_ready(simulator, log)
            yield {**environment, "LD_PRELOAD": str(library)}
            assert simulator.poll() is None, f"ibsim died: {log.read_text('utf-8')[-2000:]}"
        finally:
            simulator.kill()
            simulator.wait()


def _wait_until_ready(simulator: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for the last line that the simulator prints before it serves."""
    until = time.monotonic() + READY_S
    while b"MaxMcastCap" not in log.read_bytes():
        assert simulator.poll() is None, f"ibsim died: {log.read_text('utf-8')[-2000:]}"
        assert time.monotonic() < until, "ibsim is not ready"
        time.sleep(0.02)
