"""A subnet simulated by `ibsim`, and what the real OpenSM finds in it and makes of it.

Neither needs hardware, a kernel module or root. Programs attach to the simulator through a
library that is loaded into them; the simulator's socket is named anew for each run, so runs do not
meet. What is started is killed by its own process, never by name.

OpenSM says success by its log and not by its exit code: it ends with 0 also where the wanted
engine refused the fabric and another took its place.

Some engines free routes of circles by lanes: a path keeps to the service level that the manager
names when asked. For those the manager is kept running until all paths are asked for.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
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
BY_LANES = frozenset({"dfsssp", "lash", "torus-2QoS"})
"""Engines that give each path a service level, and with it a lane."""
SERVICE_LEVELS = Path(__file__).with_name("service_levels.py")
_RUNS = itertools.count()


@dataclass(frozen=True)
class Subnet:
    """What OpenSM left behind after one sweep.

    Attributes:
        folder: where its dumps lie.
        engine: the engine whose tables it configured, `ftree` for example.
        errors: the numbers of the errors in its log, `AB0B` for example, each once.
        log: its log.
        levels: the file of the service levels of all paths, for the engines `BY_LANES`.
    """

    folder: Path
    engine: str
    errors: tuple[str, ...]
    log: str
    levels: Path | None = None

    @property
    def lanes(self) -> int:
        """Lanes that the engine found to be needed; 1 where it does not say."""
        return max([1, *map(int, re.findall(r"[Ll]anes needed: (\d+)", self.log))])

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


def sweep(
    plan: rackplan.Plan,
    plane: Plane,
    engine: str,
    folder: Path,
    find: Find,
    options: Sequence[str | Path] = (),
) -> Subnet:
    """Let OpenSM discover and route one plane of a plan once, with more options if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    log, levels = folder / "opensm.log", folder / "levels"
    given = ["-R", engine, "-D", "0x43", "-e", "-f", log, *options]
    with simulated(plan, plane, folder, find) as environment:
        own = {**environment, "OSM_TMP_DIR": f"{folder}/", "OSM_CACHE_DIR": f"{folder}/"}
        if engine in BY_LANES:
            with _serving([find("opensm"), "-Q", *given], own, folder):
                subprocess.run(
                    [sys.executable, SERVICE_LEVELS, folder / "opensm-subnet.lst", levels],
                    env=environment, stderr=subprocess.DEVNULL, timeout=OPENSM_S, check=True,
                )  # fmt: skip
        else:
            subprocess.run(
                [find("opensm"), "-o", *given],
                env=own, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, timeout=OPENSM_S, check=True,
            )  # fmt: skip
    text = log.read_text("utf-8", errors="replace")
    assert "SUBNET UP" in text, text[-2000:]
    engines = re.findall(r"(\S+) tables configured on all switches", text)
    errors = tuple(dict.fromkeys(re.findall(r"ERR (\w+):", text)))
    return Subnet(folder, engines[-1], errors, text, levels if engine in BY_LANES else None)


@contextmanager
def _serving(
    command: Sequence[str | Path], environment: dict[str, str], folder: Path
) -> Iterator[None]:
    """Run OpenSM for as long as it is asked; its log tells at once that the subnet is routed."""
    log, settings = folder / "opensm.log", folder / "opensm.conf"
    log.unlink(missing_ok=True)
    settings.write_text("force_log_flush TRUE\n", encoding="utf-8")
    manager = subprocess.Popen(
        [*command, "-F", settings],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(b"SUBNET UP", log, manager, OPENSM_S)
        yield
    finally:
        manager.terminate()
        try:
            manager.wait(READY_S)
        finally:
            manager.kill()
            manager.wait()


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
            # The last line that it prints before it serves.
            _wait_for(b"MaxMcastCap", log, simulator, READY_S)
            yield {**environment, "LD_PRELOAD": str(library)}
            assert simulator.poll() is None, f"ibsim died: {log.read_text('utf-8')[-2000:]}"
        finally:
            simulator.kill()
            simulator.wait()


def _wait_for(words: bytes, log: Path, program: subprocess.Popen[bytes], limit_s: float) -> None:
    """Wait until a program says something in its log."""
    until = time.monotonic() + limit_s
    while not log.exists() or words not in log.read_bytes():
        said = log.read_text("utf-8")[-2000:] if log.exists() else ""
        assert program.poll() is None, f"{program.args!r} died: {said}"
        assert time.monotonic() < until, f"{program.args!r} is not ready: {said}"
        time.sleep(0.02)
