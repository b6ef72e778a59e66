"""ibdmchk of ibutils: whether routes lead from all hosts to all, and whether they can block.

It ends with a crash once everything is said (Debian's ibutils 1.5.7), so its words count and its
exit code does not.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from ibsim import Find, Subnet

NO_LOOPS = "no credit loops found"


def ibdmchk(find: Find, *arguments: str | Path, types: Path | None = None) -> str:
    """What the program prints, without the count of lines that it shows while it reads."""
    environment = os.environ | ({} if types is None else {"IBDM_IBNL_PATH": str(types)})
    done = subprocess.run(
        [find("ibdmchk"), *arguments],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.stdout


def verified(subnet: Subnet, find: Find, *, lanes: bool = False) -> str:
    """What is said about the routes of OpenSM, all in one lane or each in the lane that it has."""
    folder = subnet.folder
    files: list[str | Path] = [
        "-s",
        subnet.links,
        "-f",
        folder / "opensm.fdbs",
        "-m",
        folder / "opensm.mcfdbs",
    ]
    if lanes:
        assert subnet.levels is not None, "the engine was not asked for service levels"
        files += ["-c", subnet.levels, "-d", _lane_tables(folder)]
    return ibdmchk(find, *files)


def verdict(said: str, adapters: int) -> str:
    """`free`, or `loops` where routes wait for each other in a circle, or `cut` where some lack."""
    errors = set(re.findall("-E-.*", said))
    if any(error.endswith(f"missing paths out of:{_pairs(adapters)} paths") for error in errors):
        return "cut"
    assert f"Scanned:{_pairs(adapters)} CA to CA paths" in said, said[-2000:]
    assert errors <= {"-E- credit loops in routing"}, errors
    assert (NO_LOOPS in said) != bool(errors), said[-2000:]
    return "loops" if errors else "free"


def _pairs(adapters: int) -> int:
    return adapters * (adapters - 1)


def _lane_tables(folder: Path) -> Path:
    """The lane of each service level between two ports of a switch, in the form of ibdmchk."""
    file = folder / "lanes"
    text = (folder / "opensm-sl2vl.dump").read_text("utf-8")
    with file.open("w", encoding="utf-8") as lines:
        for block in re.split(r"^(?=Switch |Channel Adapter )", text, flags=re.MULTILINE):
            if found := re.match(r"Switch (0x\w+)", block):
                for way, row in re.findall(r"^(\d+ +\d+) +: ([\d ]+)$", block, re.MULTILINE):
                    lanes = [f"{int(lane):x}" for lane in row.split()]
                    pairs = [f"0x{a}{b}" for a, b in zip(lanes[::2], lanes[1::2], strict=True)]
                    lines.write(" ".join([found[1], *way.split(), *pairs]) + "\n")
    return file
