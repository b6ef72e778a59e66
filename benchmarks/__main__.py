"""Time and memory of rackplan beside networkx and infragraph, in one run.

    make bench                              print the tables
    make bench BENCH_ARGS=--write           also write results.json and the tables in README.md
    make bench BENCH_ARGS=--small           8,192 end points only, in about a minute

Every measurement is a fresh process. Its clock runs from before the process starts until what was
asked for is in memory; peak memory is the process's own. Ratios compare runs of the same session.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CASES = HERE / "cases"
DEPLOYMENTS = HERE / "deployments"
EXAMPLE = HERE.parent / "examples" / "gb300-8-racks.yaml"
RESULTS = HERE / "results.json"
README = HERE / "README.md"
BEGIN, END = "<!-- begin results -->", "<!-- end results -->"

TIME_LIMIT_S = 600
TIERS = ("host_leaf", "leaf_spine", "spine_core")


@dataclass(frozen=True)
class Case:
    """One thing that is measured: its command, and how often it is run."""

    id: str
    title: str
    command: tuple[str, ...]
    repeats: int = 3


@dataclass(frozen=True)
class Group:
    """Cases of one size; the first is what the others are compared with."""

    id: str
    title: str
    cases: tuple[Case, ...]
    expected: dict[str, Any] = field(default_factory=dict)
    """Counts that mean the same in every tool; a case that finds others has failed."""


@dataclass
class Measured:
    """What the runs of one case took: medians, and the counts that all of them found."""

    case: Case
    seconds: float | None = None
    imports_s: float | None = None
    cpu_s: float | None = None
    peak_mb: float | None = None
    runs: list[float] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)
    failure: str = ""


def script(name: str, *arguments: object) -> tuple[str, ...]:
    """The command of a script in `cases/`."""
    return (sys.executable, str(CASES / f"{name}.py"), *map(str, arguments))


def tree_group(ports: int, rails: int, slow_repeats: int) -> Group:
    """A full three-tier tree of switches with so many ports, in every tool."""
    ends = ports**3 // 4
    half = ports // 2
    deployment = DEPLOYMENTS / f"{ends}.yaml"
    return Group(
        f"{ends}",
        f"{ends:,} end points on three tiers of {ports}-port switches",
        (
            Case("rackplan", "rackplan: YAML to tables, BOM and power",
                 script("rackplan_plan", deployment)),
            Case("rackplan-csr", "rackplan: the same and a scipy matrix of all devices",
                 script("rackplan_plan", deployment, "csr")),
            Case("rackplan-networkx", "rackplan: the same and a networkx MultiGraph of all links",
                 script("rackplan_plan", deployment, "networkx")),
            Case("networkx", "networkx: MultiGraph by hand-written loops",
                 script("networkx_tree", ports, rails)),
            Case("infragraph-bare", "infragraph: its fat tree, switches and nodes only ports",
                 script("infragraph_tree", ports, rails, "bare"), slow_repeats),
            Case("infragraph", "infragraph: its fat tree with its generic switch",
                 script("infragraph_tree", ports, rails), slow_repeats),
        ),
        {
            "nodes": ends // rails,
            "switches": {"leaf": ports * half, "spine": ports * half, "core": half * half},
            "cables": dict.fromkeys(TIERS, ends),
            "ports": 2 * len(TIERS) * ends,
        },
    )  # fmt: skip


def large_group() -> Group:
    """The largest deployment here, in rackplan alone."""
    case = Case("rackplan", "rackplan: YAML to tables, BOM and power",
                script("rackplan_plan", DEPLOYMENTS / "995328.yaml"))  # fmt: skip
    title = "995,328 GPUs, four planes of three tiers of 144-port switches"
    return Group(
        "995328", title, (case,), {"gpus": 995_328, "cables": dict.fromkeys(TIERS, 995_328)}
    )


def floor_group() -> Group:
    """A hundred thousand GPUs on a floor, with media by length, power, cooling and files."""
    deployment = DEPLOYMENTS / "103680-floor.yaml"
    tables = Case("rackplan", "rackplan: placed, routed, media, power tree and cooling",
                  script("rackplan_plan", deployment))  # fmt: skip
    files = Case("rackplan-schedule", "rackplan: the same and the schedule as CSV and Parquet",
                 script("rackplan_plan", deployment, "schedule"))  # fmt: skip
    title = "103,680 GPUs in 1,440 racks on a floor"
    expected = {"gpus": 103_680, "cables": dict.fromkeys(TIERS, 103_680)}
    return Group("103680-floor", title, (tables, files), expected)


def command_group() -> Group:
    """Short commands as a user types them; an empty Python process stands beside them."""
    program = str(Path(sys.executable).with_name("rackplan"))
    return Group(
        "commands",
        "Commands, from the shell and back",
        (
            Case("help", "rackplan --help", (program, "--help"), 11),
            Case("plan", "rackplan plan gb300-8-racks.yaml", (program, "plan", str(EXAMPLE)), 11),
            Case("python", "python -c pass", (sys.executable, "-c", "pass"), 11),
        ),
    )


def main() -> None:
    """Run the groups, print their tables, and write them where asked."""
    parser = argparse.ArgumentParser(prog="python benchmarks", description=__doc__,
                                     formatter_class=argparse.RawTextHelpFormatter)  # fmt: skip
    parser.add_argument("--small", action="store_true", help="only the small tree and the commands")
    parser.add_argument("--write", action="store_true", help="write results.json and README.md")
    wanted = parser.parse_args()
    if wanted.write and wanted.small:
        parser.error("--write takes the results of a whole run, so not with --small")
    groups = [command_group(), tree_group(32, 8, 3)]
    if not wanted.small:
        groups += [floor_group(), large_group(), tree_group(64, 8, 1)]
    load = os.getloadavg()[0]
    results = [(group, run_group(group)) for group in groups]
    text = report(results)
    sys.stdout.write(f"\n{text}")
    if wanted.write:
        RESULTS.write_text(json.dumps(as_data(results, load), indent=2) + "\n", encoding="utf-8")
        write_readme(text)
    if any(measured.failure for _, all_measured in results for measured in all_measured):
        raise SystemExit(1)


# --- measuring --------------------------------------------------------------------------------


def run_group(group: Group) -> list[Measured]:
    """Measure the cases of a group and hold their counts against what is expected."""
    sys.stderr.write(f"{group.title}\n")
    found = []
    for case in group.cases:
        measured = measure(case)
        if not measured.failure and measured.counts:
            measured.failure = disagreement(group.expected, measured.counts)
        shown = measured.failure or f"{measured.seconds:.2f} s"
        sys.stderr.write(f"  {case.title}: {shown}\n")
        found.append(measured)
    return found


def disagreement(expected: dict[str, Any], counts: dict[str, Any]) -> str:
    """What a case counted wrongly, or nothing; a graph without ports does not count them."""
    return "; ".join(
        f"{name} {counts[name]}, not {value}"
        for name, value in expected.items()
        if name in counts and counts[name] != value
    )


def measure(case: Case) -> Measured:
    """The medians of the runs of a case; a run that fails ends it."""
    measured = Measured(case)
    used_by_run = []
    for _ in range(case.repeats):
        try:
            seconds, used = run(case.command)
        except RunFailedError as error:
            measured.failure = str(error)
            return measured
        measured.runs.append(round(seconds, 4))
        if used:
            used_by_run.append(used)
            measured.counts = used["counts"]
    measured.seconds = statistics.median(measured.runs)
    if used_by_run:
        for name in ("imports_s", "cpu_s", "peak_mb"):
            setattr(measured, name, statistics.median(used[name] for used in used_by_run))
    return measured


class RunFailedError(Exception):
    """A run ended in an error or beyond its time."""


def run(command: Sequence[str]) -> tuple[float, dict[str, Any]]:
    """Seconds until the process says that it is done, and what it says of itself.

    A command that is not one of the cases says nothing; its clock runs until it ends.

    Raises:
        RunFailedError: it failed, or was ended after `TIME_LIMIT_S`.
    """
    ours = command[0] == sys.executable and command[1] != "-c"
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=errors)
        timer = threading.Timer(TIME_LIMIT_S, process.kill)
        timer.start()
        with process:
            first = process.stdout.readline() if ours and process.stdout else ""
            seconds = time.perf_counter() - start
            rest = process.stdout.read() if process.stdout else ""
        timer.cancel()
        if not ours:
            seconds = time.perf_counter() - start
        errors.seek(0)
        said = errors.read().strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
    if seconds >= TIME_LIMIT_S:
        message = f"ended after {TIME_LIMIT_S} s"
        raise RunFailedError(message)
    if process.returncode or (ours and first != "done\n"):
        raise RunFailedError(said[0])
    return seconds, json.loads(rest) if ours else {}


# --- reporting --------------------------------------------------------------------------------


def report(results: Sequence[tuple[Group, Sequence[Measured]]]) -> str:
    """All tables as Markdown, those of the trees first."""
    order = sorted(results, key=lambda pair: pair[0].id == "commands")
    return "\n".join(line for group, measured in order for line in [*table(group, measured), ""])


def table(group: Group, measured: Sequence[Measured]) -> Iterator[str]:
    """One group: ratios to its first case, then the absolute numbers."""
    base = measured[0]
    yield f"### {group.title}"
    yield ""
    if base.peak_mb is None:
        yield "| | seconds |"
        yield "| --- | ---: |"
        for one in measured:
            yield f"| {one.case.title} | {one.failure or number(one.seconds)} |"
        return
    yield "| | CPU time | memory | seconds | of it imports | CPU seconds | peak MB | cables |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for one in measured:
        if one.failure:
            yield f"| {one.case.title} | {one.failure} | | | | | | |"
            continue
        cells = [
            ratio(one.cpu_s, base.cpu_s),
            ratio(one.peak_mb, base.peak_mb),
            number(one.seconds),
            number(one.imports_s),
            number(one.cpu_s),
            number(one.peak_mb),
            f"{sum(one.counts['cables'].values()):,}",
        ]
        yield f"| {one.case.title} | {' | '.join(cells)} |"


def ratio(value: float | None, base: float | None) -> str:
    """How many times the base, with two digits that count."""
    if value is None or not base:
        return ""
    return "1" if value == base else number(value / base)


def number(value: float | None) -> str:
    """A number with no more digits than its scatter deserves."""
    if value is None:
        return ""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def as_data(results: Sequence[tuple[Group, Sequence[Measured]]], load: float) -> dict[str, Any]:
    """Everything measured, with the versions of what took part."""
    return {
        "machine": {"cores": os.cpu_count(), "load_before": round(load, 2)},
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in
               ("rackplan", "numpy", "pydantic", "networkx", "scipy", "infragraph")},
        },
        "groups": {
            group.id: {
                "title": group.title,
                "cases": {one.case.id: case_data(one, measured[0]) for one in measured},
            }
            for group, measured in results
        },
    }  # fmt: skip


def case_data(one: Measured, base: Measured) -> dict[str, Any]:
    """One case as plain data."""
    if one.failure:
        return {"title": one.case.title, "failure": one.failure}
    data: dict[str, Any] = {"title": one.case.title, "seconds": one.seconds, "runs": one.runs}
    if one.peak_mb is None:
        return data
    if one.cpu_s and base.cpu_s and base.peak_mb:
        data["cpu_ratio"] = round(one.cpu_s / base.cpu_s, 2)
        data["memory_ratio"] = round(one.peak_mb / base.peak_mb, 2)
    used = {"imports_s": one.imports_s, "cpu_s": one.cpu_s, "peak_mb": one.peak_mb}
    return {
        **data,
        **{name: value and round(value, 3) for name, value in used.items()},
        "counts": one.counts,
    }


def write_readme(text: str) -> None:
    """Put the tables between the marks in README.md."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
