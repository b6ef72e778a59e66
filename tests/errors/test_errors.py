"""Wrong deployments and exactly what is said about them.

Every `NAME.yaml` here is wrong; `NAME.txt` holds what `rackplan check NAME.yaml` writes to stderr
from this folder, and the exit code. A first line `# run: rackplan ...` names another command.
Files that no editor should open (binary, huge, nested without end) are made by `GENERATED`.
"""

from __future__ import annotations

import codecs
import errno
import functools
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest

from rackplan import cli
from rackplan.errors import MAX_PROBLEMS_SHOWN, InvariantError, Problem
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
    "rp001-too-many-values": b"compute:\n" + b"- 1\n" * 100_001,
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

IN_CODE = {"RP009", "RP030", "RP031", "RP032", "RP040", "RP041", "RP213", "RP999"} | {
    f"RP5{number:02d}" for number in range(1, 14)
}
"""Rules of files and bugs: no deployment breaks them, so tests of the code do."""

UNREACHABLE = {
    "RP349": "all links of a cage take one medium, so no cage gets a straight and a split cord",
    "RP350": "a tier has one panel, or a trunk between two, and no key adds a third",
}
"""Rules that hold for every deployment that can be written; tests of the code break them."""


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


@functools.cache
def told(name: str) -> str:
    """What is said about a case, in the form of its `.txt`."""
    if name not in GENERATED:
        _, err, code = run(*command_of(name), f"{name}.yaml", folder=HERE)
        return f"{err}exit {code}\n"
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / f"{name}.yaml").write_bytes(GENERATED[name])
        _, err, code = run("check", f"{name}.yaml", folder=Path(scratch))
    return f"{err}exit {code}\n"


LINE = re.compile(
    r"(?P<place>[^:]+(:[0-9]+:[0-9]+)?): (error|warning)\[(?P<code>RP[0-9]{3})\] (?P<told>.+)"
)


def lines_of(name: str) -> list[str]:
    """The lines of stderr, without the exit code."""
    return told(name).splitlines()[:-1]


@pytest.mark.parametrize("name", all_cases())
def test_a_wrong_deployment_is_told_in_exactly_these_words(name: str) -> None:
    expected = HERE / f"{name}.txt"
    assert expected.exists(), "run tests/errors/regenerate.py, and read what it wrote"
    assert told(name) == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", all_cases())
def test_every_line_has_a_place_a_rule_and_a_finding_and_nothing_a_terminal_obeys(
    name: str,
) -> None:
    lines = lines_of(name)
    assert lines
    for line in lines:
        assert line.isprintable()
        assert len(line) < 1100
        assert LINE.fullmatch(line) or re.fullmatch(r"and [0-9]+ more problems", line), line
    assert "Traceback" not in told(name)
    assert told(name).endswith(("\nexit 1\n", "\nexit 4\n"))


@pytest.mark.parametrize("name", all_cases())
def test_problems_come_in_the_order_of_the_file_and_at_most_fifty(name: str) -> None:
    found = [LINE.fullmatch(line) for line in lines_of(name)]
    places = [match["place"].split(":") for match in found if match]
    in_order = [(file, *map(int, rest)) for file, *rest in places]
    assert in_order == sorted(in_order)
    assert len(in_order) <= MAX_PROBLEMS_SHOWN


@pytest.mark.parametrize("name", [case for case in all_cases() if case.startswith("rp")])
def test_the_name_of_a_case_names_a_rule_that_it_breaks(name: str) -> None:
    codes = {match["code"] for line in lines_of(name) if (match := LINE.fullmatch(line))}
    assert name[:5].upper() in codes


def test_every_rule_of_the_source_has_a_case() -> None:
    texts = [file.read_text(encoding="utf-8") for file in sorted(SOURCE.rglob("*.py"))]
    raised = {code for text in texts for code in re.findall(r"\"(RP[0-9]{3})\"", text)}
    assert raised == set(RULES)
    shown = {match["code"] for name in all_cases() for line in lines_of(name)
             if (match := LINE.fullmatch(line))}  # fmt: skip
    assert raised - shown - IN_CODE == set(UNREACHABLE)


def test_no_text_is_left_over_without_a_case() -> None:
    assert sorted(file.stem for file in HERE.glob("*.txt")) == all_cases()


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_hostile_files_are_refused_quickly(name: str) -> None:
    told.cache_clear()
    start = time.perf_counter()
    told(name)
    assert time.perf_counter() - start < 20


# --- what is not in the file but about it ----------------------------------------------------


def test_a_folder_given_as_the_file_is_an_access_error(tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").mkdir()
    assert run("check", "cluster.yaml", folder=tmp_path)[1:] == (
        "cluster.yaml: error[RP009] cannot read: is a directory; give the YAML file in it\n",
        4,
    )


def test_a_missing_file_is_an_access_error(tmp_path: Path) -> None:
    _, err, code = run("check", "cluster.yaml", folder=tmp_path)
    assert code == 4
    assert err == (
        "cluster.yaml: error[RP009] cannot read: no such file or directory; "
        "check the name, and the folder that it is looked for in\n"
    )


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EACCES, "permission denied; ask for the right to read it"),
        (errno.EIO, "input/output error"),
        (errno.ESTALE, "stale file handle"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_access_error(
    number: int, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "cluster.yaml").write_bytes(VALID)
    failure = OSError(number, os.strerror(number), "cluster.yaml")
    with mock.patch.object(Path, "open", side_effect=failure):
        _, err, code = run("check", "cluster.yaml", folder=tmp_path)
    assert (err, code) == (f"cluster.yaml: error[RP009] cannot read: {reason}\n", 4)


def test_a_file_name_that_no_file_system_takes_is_an_access_error(tmp_path: Path) -> None:
    _, err, code = run("check", "x" * 5000, folder=tmp_path)
    assert err.endswith(": error[RP009] cannot read: file name too long\n")
    assert code == 4


def test_an_empty_file_name_is_an_access_error(tmp_path: Path) -> None:
    _, err, code = run("check", "", folder=tmp_path)
    assert err.startswith("'': error[RP009] cannot read: ")
    assert code == 4


def test_the_name_of_the_file_cannot_command_the_terminal(tmp_path: Path) -> None:
    _, err, code = run("check", "\x1b]0;owned\a.yaml", folder=tmp_path)
    assert err.startswith("\\u001b]0;owned\\u0007.yaml: error[RP009]")
    assert err.removesuffix("\n").isprintable()
    assert code == 4


@pytest.mark.parametrize("content", ["a: 1\n", "- a\n", "nvidia: {title: 3}\n", "[" * 200])
def test_wrong_sources_of_a_catalog_folder_are_told_with_their_place(
    content: str, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/sources.yaml").write_text(content, encoding="utf-8")
    _, err, code = run("catalog", "show", "q3400-ra", "--catalog", "mine", folder=tmp_path)
    assert code == 1
    for line in err.splitlines():
        assert line.startswith("mine/sources.yaml:1:")
        assert LINE.fullmatch(line)


def test_a_misnamed_catalog_file_does_not_end_the_listing(tmp_path: Path) -> None:
    (tmp_path / "mine/switches").mkdir(parents=True)
    (tmp_path / "mine/switches/My Switch.yaml").write_text("ports: 64\n", encoding="utf-8")
    out, err, code = run("catalog", "list", "switches", "--catalog", "mine", folder=tmp_path)
    assert (err, code) == ("", 0)
    assert "My Switch" not in out


# --- exit codes ------------------------------------------------------------------------------


def test_a_right_deployment_exits_with_0(tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_bytes(VALID)
    out, _, code = run("check", "cluster.yaml", folder=tmp_path)
    assert code == 0
    assert out.startswith("cluster.yaml: ok")


@pytest.mark.parametrize("arguments", [["check"], ["chekc", "x.yaml"], ["check", "--bad", "x"]])
def test_a_wrong_command_line_exits_with_2(arguments: list[str], tmp_path: Path) -> None:
    assert run(*arguments, folder=tmp_path)[2] == 2


def test_a_bug_exits_with_70_one_line_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_bytes(VALID)
    with mock.patch("rackplan.api.plan_file", side_effect=RuntimeError("first\nsecond")):
        _, err, code = run("check", "cluster.yaml", folder=tmp_path)
    assert code == 70
    assert err.startswith("internal error, a bug of rackplan: RuntimeError: first\n")
    assert "Traceback" not in err
    assert "second" not in err


def test_counts_that_disagree_exit_with_70(tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_bytes(VALID)
    broken = InvariantError([Problem("RP999", "links: 8 expected, 9 found")])
    with mock.patch("rackplan.api.plan_file", side_effect=broken):
        _, err, code = run("check", "cluster.yaml", folder=tmp_path)
    assert (err, code) == ("error[RP999] links: 8 expected, 9 found\n", 70)


# --- the same as a program -------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["rp104-unknown-keys", "rp201-hostile-ids", "rp302-rails-do-not-divide"]
)
def test_the_program_says_the_same_with_its_standard_input_closed(name: str) -> None:
    command = [sys.executable, "-m", "rackplan", *command_of(name), f"{name}.yaml"]
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *command],
        cwd=HERE, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert f"{done.stderr}exit {done.returncode}\n" == told(name)
    assert done.stdout == ""
