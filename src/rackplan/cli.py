"""The command line: the only place that prints, exits or knows a terminal.

Heavy libraries are imported inside the commands, so that `--help` stays quick.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from rackplan._version import __version__
from rackplan.errors import FileAccessError, InvariantError, Problem, RackplanError
from rackplan.units import printable

if TYPE_CHECKING:
    from rackplan.build import Plan

INPUT_WRONG, FILES, BUG, INTERRUPTED = 1, 4, 70, 130

app = typer.Typer(
    name="rackplan",
    help="Plan the racks and fabrics of AI and HPC datacenters.\n\n"
    "Start with:  rackplan init my-cluster.yaml, then  rackplan plan my-cluster.yaml",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
catalog_app = typer.Typer(
    help="Look into the catalog of hardware.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(catalog_app, name="catalog")


class Format(StrEnum):
    """How a command prints its answer."""

    table = "table"
    json = "json"


class HostEnds(StrEnum):
    """Whether NIC-side modules stay when switches have co-packaged optics."""

    retained = "retained"
    removed = "removed"


File = Annotated[str, typer.Argument(metavar="FILE", help="The deployment, a YAML file.")]
FormatOption = Annotated[Format, typer.Option("--format", help="Table or JSON on stdout.")]
Strict = Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what rackplan wrote there before.")]


def main() -> None:
    """Run the command line; every failure ends in a message and an exit code, no traceback."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, _interrupt)
    if sys.stdout is None:
        sys.stderr.write("cannot write the answer: stdout is closed\n")
        raise SystemExit(FILES)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without UTF-8 still gets an answer
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except RackplanError as error:
        _fail(error)
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except OSError as error:
        sys.stderr.write(f"cannot write the answer: {(error.strerror or str(error)).lower()}\n")
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  # for the exit
        raise SystemExit(FILES) from error
    except Exception as error:
        if os.environ.get("RACKPLAN_TRACEBACK"):
            raise
        told = printable(f"{type(error).__name__}: {error}".splitlines()[0])
        sys.stderr.write(
            f"internal error, a bug of rackplan: {told}\n"
            "please report it with the deployment (RACKPLAN_TRACEBACK=1 tells more)\n"
        )
        raise SystemExit(BUG) from error


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _fail(error: RackplanError) -> NoReturn:
    sys.stderr.write(f"{error}\n")
    if isinstance(error, InvariantError):
        raise SystemExit(BUG) from error
    raise SystemExit(FILES if isinstance(error, FileAccessError) else INPUT_WRONG) from error


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _print(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def _show(view: object) -> None:
    """Print a rich view on stdout; without a terminal it is as wide as it needs to be."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "200"))
    Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False).print(view)


def _json(data: Any) -> str:
    import json

    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _warn(problems: tuple[Problem, ...], *, strict: bool) -> None:
    """Write warnings to stderr; with `--strict` they end the command."""
    if strict and problems:
        from dataclasses import replace

        from rackplan.errors import InfeasibleError

        raise InfeasibleError([replace(problem, severity="error") for problem in problems])
    for problem in problems:
        _say(problem.text)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        _print(f"rackplan {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        _print(context.get_help())
        raise typer.Exit


def _planned(file: str, *, strict: bool, claims: list[str] | None = None) -> Plan:
    from rackplan.api import plan as make_plan
    from rackplan.catalog.claims import parse_claims

    made = make_plan(file, claims=parse_claims(claims or []))
    _warn(made.design.warnings, strict=strict)
    for text in made.design.overrides:
        _say(f"catalog: {text}")
    for text in made.design.claims:
        _say(f"claim: {text}")
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
    from rackplan.summary import summary

    if format_ is Format.json:
        _print(_json(summary(made)))
        return
    from rackplan.views.terminal import plan_view

    _show(plan_view(summary(made)))


def _write_all(made: Plan, output: Path, *, force: bool) -> None:
    from rackplan.exports import EXPORTS
    from rackplan.output import write_folder
    from rackplan.views.diagram import diagram_html

    def write_diagram(folder: Path) -> None:
        (folder / "diagram.html").write_text(diagram_html(made), encoding="utf-8")

    writers: list[Callable[[Path], None]] = [partial(write, made) for write in EXPORTS.values()]
    names = write_folder(output, [*writers, write_diagram], force=force)
    _say(f"wrote {output}: {', '.join(names)}")


@app.command()
def check(file: File, format_: FormatOption = Format.table, strict: Strict = False) -> None:
    """Check a deployment and say everything that is wrong with it; write nothing."""
    made = _planned(file, strict=strict)
    if format_ is Format.json:
        problems = [problem.text for problem in made.design.warnings]
        _print(_json({"format_version": "1.0", "ok": True, "warnings": problems}))
        return
    design = made.design
    _print(
        f"{file}: ok, {design.gpus:,} GPUs in {design.racks:,} racks, "
        f"{len(made.tables['links']):,} links, {len(made.checks)} invariants hold"
    )


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
        from rackplan.summary import FORMAT_VERSION

        _print(
            _json(
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

    _show(comparison_view(made))


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
    _say(f"wrote {target}")


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
        if quantity is None and not Path(subject).exists():
            told = explain_fact(subject)
        else:
            found = explainer(subject)
            if quantity is None:
                _print("\n".join(found.names()))
                return
            told = found.explain(quantity)
    except UnknownQuantityError as error:
        from rackplan.errors import nearest

        near = nearest(error.wanted, error.choices) or error.choices[:8]
        hint = f"nearest: {', '.join(near)}" if near else "see 'rackplan catalog list'"
        raise typer.BadParameter(f"nothing is called '{error.wanted}'; {hint}") from error
    if format_ is Format.json:
        _print(_json(told.as_data()))
        return
    _show(explanation_view(told))


@app.command()
def schema() -> None:
    """Print the JSON Schema of deployments, for editors."""
    from rackplan.schema import deployment_schema

    _print(_json(deployment_schema()))


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
        _print("\n".join(names))
        return
    if example not in names:
        raise typer.BadParameter(f"no example '{example}'; there are: {', '.join(names)}")
    schema_name = "deployment.schema.json"
    write_file(file, (folder / f"{example}.yaml").read_text(encoding="utf-8"), force=force)
    write_file(
        file.parent / schema_name, (folder / schema_name).read_text(encoding="utf-8"), force=True
    )
    _say(f"wrote {file} and {schema_name} for your editor; next: rackplan plan {file}")


@catalog_app.command("list")
def catalog_list(
    kind: Annotated[str | None, typer.Argument(help="For example: switches")] = None,
    format_: FormatOption = Format.table,
    folder: Annotated[
        list[Path] | None, typer.Option("--catalog", help="Folder laid over the built-in catalog.")
    ] = None,
) -> None:
    """List the kinds of the catalog, or the entries of one kind."""
    from rackplan.api import read_catalog
    from rackplan.catalog import KINDS

    catalog = read_catalog(folder or [])
    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"no kind '{kind}'; there are: {', '.join(KINDS)}")
    kinds = [kind] if kind is not None else list(KINDS)
    names = {
        name: {entry: catalog.find(KINDS[name], entry).title for entry in catalog.ids(KINDS[name])}
        for name in kinds
    }
    if format_ is Format.json:
        _print(_json(names))
        return
    from rackplan.views.terminal import table

    for name in kinds:
        _show(table(name, ["id", "name"], [[k, v] for k, v in names[name].items()]))


@catalog_app.command("show")
def catalog_show(
    entry: Annotated[str, typer.Argument(help="An id, for example q3450-ld.")],
    format_: FormatOption = Format.table,
    folder: Annotated[
        list[Path] | None, typer.Option("--catalog", help="Folder laid over the built-in catalog.")
    ] = None,
) -> None:
    """Show an entry: every number with its source, its status and the claims that disagree."""
    from rackplan.api import read_catalog
    from rackplan.catalog.base import UnknownEntryError
    from rackplan.catalog.facts import describe_entry, find_anywhere

    catalog = read_catalog(folder or [])
    try:
        found = find_anywhere(catalog, entry)
    except UnknownEntryError as error:
        near = ", ".join(error.meanings or error.near) or "see 'rackplan catalog list'"
        raise typer.BadParameter(f"no entry '{entry}'; nearest: {near}") from error
    told = describe_entry(found, catalog.sources())
    if format_ is Format.json:
        _print(_json(told))
        return
    from rackplan.views.terminal import entry_view

    _show(entry_view(told))
