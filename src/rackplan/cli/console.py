"""Printing: data on stdout, messages on stderr; and the options that commands share."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from rackplan.errors import Problem


class Format(StrEnum):
    """How a command prints its answer."""

    table = "table"
    json = "json"


File = Annotated[str, typer.Argument(metavar="FILE", help="The deployment, a YAML file.")]
FormatOption = Annotated[Format, typer.Option("--format", help="Table or JSON on stdout.")]
Strict = Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")]
Force = Annotated[bool, typer.Option("--force", help="Replace what rackplan wrote there before.")]
Folders = Annotated[
    list[Path] | None, typer.Option("--catalog", help="Folder laid over the built-in catalog.")
]


def say(text: str) -> None:
    """Write a message on stderr."""
    sys.stderr.write(f"{text}\n")


def write(text: str) -> None:
    """Write an answer on stdout, with a line end."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def show(view: object) -> None:
    """Print a rich view on stdout; without a terminal it is as wide as it needs to be."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "200"))
    Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False).print(view)


def as_json(data: Any) -> str:
    """Plain data as JSON text; the same data gives the same text."""
    import json

    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def warn(problems: tuple[Problem, ...], *, strict: bool) -> None:
    """Write warnings to stderr; with `--strict` they end the command."""
    if strict and problems:
        from dataclasses import replace

        from rackplan.errors import InfeasibleError

        raise InfeasibleError([replace(problem, severity="error") for problem in problems])
    for problem in problems:
        say(problem.text)
