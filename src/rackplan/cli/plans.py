"""Commands about deployments: plan, check, compare, diagram, explain, schema, init."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rackplan.cli.console import (
    File,
    Force,
    Format,
    FormatOption,
    Strict,
    as_json,
    say,
    show,
    warn,
    write,
)

if TYPE_CHECKING:
    from rackplan.build import Plan

app = typer.Typer(rich_markup_mode=None)


class HostEnds(StrEnum):
    """Whether NIC-side modules stay when switches have co-packaged optics."""

    retained = "retained"
    removed = "removed"


def _planned(file: str, *, strict: bool, claims: list[str] | None = None) -> Plan:
    from rackplan.api import plan as make_plan
    from rackplan.catalog.claims import parse_claims

    made = make_plan(file, claims=parse_claims(claims or []))
    warn(made.design.warnings, strict=strict)
    for text in made.design.overrides:
        say(f"catalog: {text}")
    for text in made.design.claims:
        say(f"claim: {text}")
    return made


@app.command()
def plan(
    file: File,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for all files; must not exist.")
    ] = None,
    format_: FormatOption = Format.table,
    strict: Strict = False,
    claim: Annotated[
        list[str] | None,
        typer.Option("--claim", help="Plan on another claim: ENTRY.FACT=VALUE; repeat for more."),
    ] = None,
    force: Force = False,
) -> None:
    """Plan a deployment: counts, wiring, power, pins, optics and bill of materials."""
    made = _planned(file, strict=strict, claims=claim)
    if output is not None:
        _write_all(made, output, force=force)
    from rackplan.plan_summary import summary

    if format_ is Format.json:
        write(as_json(summary(made)))
        return
    from rackplan.views.terminal import plan_view

    show(plan_view(summary(made)))


def _write_all(made: Plan, output: Path, *, force: bool) -> None:
    from rackplan.exports import EXPORTS
    from rackplan.output import write_folder
    from rackplan.schedule import notes as schedule_notes
    from rackplan.views.diagram import diagram_html

    def write_diagram(folder: Path) -> None:
        (folder / "diagram.html").write_text(diagram_html(made), encoding="utf-8")

    writers: list[Callable[[Path], None]] = [partial(write, made) for write in EXPORTS.values()]
    names = write_folder(output, [*writers, write_diagram], force=force)
    say(f"wrote {output}: {', '.join(names)}")
    for text in schedule_notes(made):
        say(text)


@app.command()
def check(file: File, format_: FormatOption = Format.table, strict: Strict = False) -> None:
    """Check a deployment and say everything that is wrong with it; write nothing."""
    made = _planned(file, strict=strict)
    if format_ is Format.json:
        problems = [problem.text for problem in made.design.warnings]
        write(as_json({"format_version": "1.0", "ok": True, "warnings": problems}))
        return
    design = made.design
    write(
        f"{file}: ok, {design.gpus:,} GPUs in {len(made.tables['racks']):,} racks, "
        f"{len(made.tables['links']):,} links, {len(made.checks)} invariants hold"
    )


@app.command()
def analyze(
    file: File,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Analyses; all when absent.")
    ] = None,
    format_: FormatOption = Format.table,
    strict: Strict = False,
) -> None:
    """Answer single questions: paths, throughput, failures, stranded ports, power and more."""
    from rackplan.analyses import ANALYSES

    for name in names or []:
        if name not in ANALYSES:
            message = f"no analysis '{name}'; there are: {', '.join(ANALYSES)}"
            raise typer.BadParameter(message)
    made = _planned(file, strict=strict)
    results = [ANALYSES[name](made) for name in names or ANALYSES]
    if format_ is Format.json:
        from rackplan.plan_summary import FORMAT_VERSION

        told = {
            result.name: {"rows": [dict(row) for row in result.rows], "notes": list(result.notes)}
            for result in results
        }
        write(as_json({"format_version": FORMAT_VERSION, **told}))
        return
    from rackplan.views.terminal import result_view

    for result in results:
        if result.rows or names:
            show(result_view(result))
        for note in result.notes:
            write(f"- {note}")


@app.command()
def compare(
    file: File,
    format_: FormatOption = Format.table,
    accounting: Annotated[
        list[str] | None, typer.Option("--accounting", help="Preset; repeat for several.")
    ] = None,
    host_ends: Annotated[
        HostEnds, typer.Option(help="Whether NIC-side modules stay with CPO.")
    ] = HostEnds.retained,
) -> None:
    """Compare co-packaged with pluggable optics on the same fabrics."""
    from rackplan.api import compare as make_comparison
    from rackplan.api import read_catalog
    from rackplan.catalog import Accounting

    known = read_catalog().ids(Accounting)
    for name in accounting or []:
        if name not in known:
            raise typer.BadParameter(f"no preset '{name}'; there are: {', '.join(known)}")
    made = make_comparison(file, presets=accounting, host_ends=host_ends.value)
    if format_ is Format.json:
        from rackplan.plan_summary import FORMAT_VERSION

        write(
            as_json(
                {
                    "format_version": FORMAT_VERSION,
                    "counts": [dict(row) for row in made.counts.rows],
                    "savings": [dict(row) for row in made.savings.rows],
                    "notes": list(made.savings.notes),
                }
            )
        )
        return
    from rackplan.views.terminal import comparison_view

    show(comparison_view(made))


@app.command()
def diagram(
    file: File,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="HTML file; default: NAME.html")
    ] = None,
    fabric: Annotated[str | None, typer.Option(help="Only this fabric.")] = None,
    force: Force = False,
) -> None:
    """Draw the fabrics and one NVLink domain as an interactive HTML page."""
    from rackplan.output import write_file
    from rackplan.views.diagram import diagram_html

    made = _planned(file, strict=False)
    if fabric is not None and fabric not in [f.name for f in made.design.fabrics]:
        names = ", ".join(f.name for f in made.design.fabrics) or "none"
        raise typer.BadParameter(f"no fabric '{fabric}'; there are: {names}")
    target = output or Path(f"{made.design.name}.html")
    write_file(target, diagram_html(made, fabric), force=force)
    say(f"wrote {target}")


@app.command()
def explain(
    subject: Annotated[
        str, typer.Argument(metavar="FILE|ENTRY.FACT", help="A deployment, or a catalog fact.")
    ],
    quantity: Annotated[
        str | None, typer.Argument(help="With FILE: what to explain; without it, a list.")
    ] = None,
    format_: FormatOption = Format.table,
) -> None:
    """Explain a number: its formula, its inputs, its sources and who disagrees."""
    from rackplan.api import explain_fact, explainer
    from rackplan.explain import UnknownQuantityError
    from rackplan.views.terminal import explanation_view

    try:
        is_file = Path(subject).exists() or "/" in subject or subject.endswith((".yaml", ".yml"))
        if quantity is None and not is_file:
            told = explain_fact(subject)
        else:
            found = explainer(subject)
            if quantity is None:
                write("\n".join(found.names()))
                return
            told = found.explain(quantity)
    except UnknownQuantityError as error:
        from rackplan.errors import nearest

        begun = [name for name in error.choices if name.startswith(error.wanted.rstrip("."))]
        near = begun[:12] or nearest(error.wanted, error.choices) or error.choices[:8]
        hint = f"nearest: {', '.join(near)}" if near else "see 'rackplan catalog list'"
        wanted = error.wanted.rstrip(".")
        raise typer.BadParameter(f"nothing is called '{wanted}'; {hint}") from error
    if format_ is Format.json:
        write(as_json(told.as_data()))
        return
    show(explanation_view(told))


@app.command()
def schema() -> None:
    """Print the JSON Schema of deployments, for editors."""
    from rackplan.schema import deployment_schema

    write(as_json(deployment_schema()))


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="The deployment file to make.")] = Path(
        "deployment.yaml"
    ),
    example: Annotated[
        str, typer.Option("--from", help="Example to start from; 'list' names them.")
    ] = "gb300-8-racks",
    force: Force = False,
) -> None:
    """Start a deployment from an example, with its schema beside it for editors."""
    from rackplan.load.data import data_folder
    from rackplan.output import write_file

    folder = data_folder("examples")
    names = sorted(found.stem for found in folder.glob("*.yaml"))
    if example == "list":
        write("\n".join(names))
        return
    if example not in names:
        raise typer.BadParameter(f"no example '{example}'; there are: {', '.join(names)}")
    schema_name = "deployment.schema.json"
    write_file(file, (folder / f"{example}.yaml").read_text(encoding="utf-8"), force=force)
    for part in sorted((folder / example).rglob("*.yaml")):  # its catalog folder, if it has one
        text = part.read_text(encoding="utf-8")
        write_file(file.parent / part.relative_to(folder), text, force=force)
    write_file(
        file.parent / schema_name, (folder / schema_name).read_text(encoding="utf-8"), force=True
    )
    say(f"wrote {file} and {schema_name} for your editor; next: rackplan plan {file}")
