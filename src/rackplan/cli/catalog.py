"""Commands about the catalog: list, show, lint, diff, generations, import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rackplan.cli.console import (
    Folders,
    Force,
    Format,
    FormatOption,
    Strict,
    as_json,
    say,
    show,
    write,
)
from rackplan.errors import InputError

app = typer.Typer(
    help="Look into the catalog of hardware.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def catalog_list(
    kind: Annotated[str | None, typer.Argument(help="For example: switches")] = None,
    format_: FormatOption = Format.table,
    folder: Folders = None,
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
        write(as_json(names))
        return
    from rackplan.views.terminal import table

    for name in kinds:
        show(table(name, ["id", "name"], [[k, v] for k, v in names[name].items()]))


@app.command("show")
def catalog_show(
    entry: Annotated[str, typer.Argument(help="An id, for example q3450-ld.")],
    format_: FormatOption = Format.table,
    folder: Folders = None,
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
        write(as_json(told))
        return
    from rackplan.views.terminal import entry_view

    show(entry_view(told))


@app.command("lint")
def catalog_lint(folder: Folders = None, strict: Strict = False) -> None:
    """Check every entry: sources, references, and numbers that must close on each other."""
    from rackplan.api import read_catalog
    from rackplan.lint import lint

    catalog = read_catalog(folder or [])
    found = [catalog.place(problem) for problem in lint(catalog, catalog.conflicts())]
    errors = [problem for problem in found if strict or problem.severity == "error"]
    for problem in found:
        if problem not in errors:
            say(problem.text)
    if errors:
        raise InputError(errors)
    write(f"no errors, {len(found)} warnings")


@app.command("diff")
def catalog_diff(
    folder: Annotated[Path, typer.Argument(help="A catalog folder of your own.")],
    format_: FormatOption = Format.table,
) -> None:
    """Say what a folder of your own adds to the built-in catalog, and what it changes."""
    from rackplan.api import catalog_differences

    rows = catalog_differences(folder)
    if format_ is Format.json:
        write(as_json(rows))
        return
    from rackplan.units import show_value
    from rackplan.views.terminal import table

    texts = [
        [row["entry"], row["fact"], show_value(row["built_in"]), show_value(row["folder"])]
        for row in rows
    ]
    show(table("Differences", ["entry", "fact", "built in", str(folder)], texts))


@app.command("generations")
def catalog_generations(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also draw them: an HTML file.")
    ] = None,
    folder: Folders = None,
    format_: FormatOption = Format.table,
    force: Force = False,
) -> None:
    """Compare the generations of rack-scale systems."""
    from rackplan.api import read_catalog
    from rackplan.generations import generations

    result = generations(read_catalog(folder or []))
    if output is not None:
        from rackplan.output import write_file
        from rackplan.views.generations import generations_html

        write_file(output, generations_html(result), force=force)
        say(f"wrote {output}")
    if format_ is Format.json:
        write(as_json([dict(row) for row in result.rows]))
        return
    from rackplan.views.terminal import result_view

    show(result_view(result))


@app.command("import")
def catalog_import(
    file: Annotated[Path, typer.Argument(help="A device type of the NetBox devicetype-library.")],
    folder: Annotated[
        Path | None, typer.Option("--into", help="Catalog folder to write it into.")
    ] = None,
    force: Force = False,
) -> None:
    """Turn a community device type into a switch entry, and name what it lacks."""
    from rackplan.load.netbox import import_device_type
    from rackplan.output import write_file

    made = import_device_type(file)
    for lacking in made.lacks:
        say(f"{made.id} does not say: {lacking}")
    if folder is None:
        write(made.text)
        return
    target = folder / "switches" / f"{made.id}.yaml"
    write_file(target, made.text, force=force)
    say(f"wrote {target}")
