"""Wrong deployments and exactly what is said about them.

Every `NAME.yaml` here is wrong; `NAME.txt` holds what `rackplan check NAME.yaml` writes to stderr
from this folder, and the exit code. A first line `# run: rackplan ...` names another command.
Files that no editor should open (binary, huge, nested without end) are made by `GENERATED`.
"""

from __future__ import annotations

import builtins
import codecs
import errno
import os
import re
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest

from rackplan import cli
from rackplan.rules import RULES

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src/rackplan"

VALID = b"name: valid\ncompute:\n  - {system: gb300-nvl72, count: 8}\n"
BOMB = b"".join(
    [b"name: bomb\na0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n"]
    + [b"a%d: &a%d [%s]\n" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 10)) for i in range(1, 9)]
)
LONG_BOMB = b"a0: &a0 [1]\n" + b"".join(
    b"a%d: &a%d [*a%d, *a%d]\n" % (i, i, i - 1, i - 1) for i in range(1, 20_000)
)

GENERATED: dict[str, bytes] = {
    "rp001-alias-bomb": BOMB,
    "rp001-alias-bomb-beyond-counting": LONG_BOMB,
    "rp001-too-many-values": b"compute:\n" + b"- 1\n" * 400_001,
    "rp003-brackets-nested-50000-deep": b"compute: " + b"[" * 50_000,
    "rp003-mappings-nested-50000-deep": b"compute: " + b"{a: " * 50_000,
    "rp003-dashes-nested-50000-deep": b"compute:\n  " + b"- " * 50_000,
    "rp006-binary": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
    "rp006-utf-16": codecs.BOM_UTF16_LE + VALID.decode().encode("utf-16-le"),
    "rp006-latin-1": b"name: latin\ntitle: Rechenzentrum M\xfcnchen\n",
    "rp006-control-character": "name: bell\ntitle: Zürich \a\n".encode(),
    "rp006-nine-megabytes": VALID + b"# " + b"x" * 9_000_000,
    "rp007-empty": b"",
    "rp007-only-a-byte-order-mark": codecs.BOM_UTF8,
    "rp102-a-value-of-a-megabyte": VALID.replace(b"count: 8", b"count: " + b"8x" * 500_000),
    "rp103-a-number-of-5000-digits": VALID.replace(b"count: 8", b"count: " + b"8" * 5000),
    "rp104-keys-without-end": VALID + b"".join(b"k%d: 1\n" % i for i in range(20_000)),
    "rp104-a-key-of-a-megabyte": VALID + b"? " + b"k" * 1_000_000 + b"\n: 1\n",
    "rp110-carriage-returns": VALID.replace(b"\n", b"\r\n").replace(b"system", b"rack"),
}

IN_CODE = {"RP009", "RP030", "RP031", "RP032", "RP999"}
"""Rules of files and bugs: no deployment breaks them, so tests of the code do."""


def stored_cases() -> list[str]:
    return sorted(file.stem for file in HERE.glob("*.yaml"))


def all_cases() -> list[str]:
    return sorted([*stored_cases(), *GENERATED])


def run(*arguments: str, folder: Path) -> tuple[str, str, int]:
    """Stdout, stderr and exit code of the command line, called in this process."""
    before = Path.cwd()
    out, err = StringIO(), StringIO()
    os.chdir(folder)
    try:
        with (
            redirect_stdout(out),
            redirect_stderr(err),
            mock.patch("signal.signal"),
            mock.patch.object(sys, "argv", ["rackplan", *arguments]),
        ):
            try:
                cli.main()
                code: object = 0
            except SystemExit as stop:
                code = stop.code or 0
    finally:
        os.chdir(before)
    assert isinstance(code, int)
    return out.getvalue(), err.getvalue(), code


def command_of(name: str) -> list[str]:
    """The arguments before the file's name: `check` unless the first line says otherwise."""
    if name in GENERATED:
        return ["check"]
    first = (HERE / f"{name}.yaml").read_text(encoding="utf-8").partition("\n")[0]
    found = re.fullmatch(r"# run: rackplan (.+)", first)
    return found[1].split() if found else ["check"]


def told(name: str, scratch: Path) -> str:
    """What is said about a case, in the form of its `.txt`."""
    folder = HERE
    if name in GENERATED:
        folder = scratch
        (scratch / f"{name}.yaml").write_bytes(GENERATED[name])
    _, err, code = run(*command_of(name), f"{name}.yaml", folder=folder)
    return f"{err}exit {code}\n"
