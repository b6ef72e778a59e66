"""The command line: the only place that prints, exits or knows a terminal.

Heavy libraries are imported inside the commands, so that `--help` stays quick.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import Annotated, NoReturn

import typer

from rackplan._version import __version__
from rackplan.cli import catalog, plans
from rackplan.cli.console import write
from rackplan.errors import FileAccessError, InvariantError, RackplanError
from rackplan.units import printable

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


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        write(f"rackplan {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        write(context.get_help())
        raise typer.Exit


app.add_typer(plans.app)
app.add_typer(catalog.app, name="catalog")


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
