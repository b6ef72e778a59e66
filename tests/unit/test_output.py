"""Output appears whole or not at all, and replaces only what rackplan wrote."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from rackplan.errors import FileAccessError
from rackplan.output import MANIFEST, write_file, write_folder

Writer = Callable[[Path], None]


def writer(name: str, text: str) -> Writer:
    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

    return write


FIRST = [writer("bom.csv", "first\n"), writer("tables/links.csv", "a,b\n")]
SECOND = [writer("bom.csv", "second\n"), writer("report.html", "<p>\n")]


def raising(error: BaseException) -> Writer:
    def fail(folder: Path) -> None:
        (folder / "half.csv").write_text("ha", encoding="utf-8")
        raise error

    return fail


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every path below a folder, and the bytes of the files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def refusal(call: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(FileAccessError) as caught:
        call()
    (problem,) = caught.value.problems
    return problem.code, problem.message


# --- folders ---------------------------------------------------------------------------------


def test_a_new_folder_holds_every_file_and_a_manifest_of_them(tmp_path: Path) -> None:
    names = write_folder(tmp_path / "out", FIRST)
    assert names == ["bom.csv", "tables/links.csv", MANIFEST]
    manifest = json.loads((tmp_path / "out" / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["writer"] == "rackplan"
    assert sorted(manifest["files"]) == ["bom.csv", "tables/links.csv"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_can_be_read_by_whom_the_umask_lets_read(tmp_path: Path) -> None:
    write_folder(tmp_path / "out", FIRST)
    (tmp_path / "usual").mkdir()
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("out", "usual")]
    assert modes[0] == modes[1]


def test_an_existing_folder_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path / "out", FIRST)
    before = contents(tmp_path)
    assert refusal(lambda: write_folder(tmp_path / "out", SECOND)) == (
        "RP030",
        "the folder exists",
    )
    assert contents(tmp_path) == before


@pytest.mark.parametrize("force", [False, True])
def test_a_file_in_place_of_the_folder_is_refused_even_with_force(
    force: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    code, message = refusal(lambda: write_folder(tmp_path / "out", FIRST, force=force))
    assert (code, message) == ("RP030", "a file has that name")
    assert contents(tmp_path) == {"out": b"mine"}


@pytest.mark.parametrize("there", [True, False])
def test_a_link_in_place_of_the_folder_is_refused_even_with_force(
    there: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    if there:
        write_folder(tmp_path / "elsewhere", FIRST)
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
    before = contents(tmp_path)
    assert refusal(lambda: write_folder(tmp_path / "out", SECOND, force=True))[0] == "RP030"
    assert contents(tmp_path) == before


def test_force_replaces_what_rackplan_wrote_with_nothing_of_the_old_left(tmp_path: Path) -> None:
    write_folder(tmp_path / "out", FIRST)
    write_folder(tmp_path / "out", SECOND, force=True)
    assert sorted(contents(tmp_path / "out")) == [MANIFEST, "bom.csv", "report.html"]
    assert (tmp_path / "out/bom.csv").read_text(encoding="utf-8") == "second\n"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_force_fills_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write_folder(tmp_path / "out", FIRST, force=True)
    assert (tmp_path / "out/bom.csv").exists()


def add_file(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine", encoding="utf-8")


def add_file_below(folder: Path) -> None:
    (folder / "tables/notes.txt").write_text("mine", encoding="utf-8")


def add_empty_folder(folder: Path) -> None:
    (folder / "mine").mkdir()


def add_link(folder: Path) -> None:
    (folder / "mine").symlink_to(folder.parent)


def edit_file(folder: Path) -> None:
    (folder / "bom.csv").write_text("corrected by hand\n", encoding="utf-8")


def remove_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


def break_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_text('{"writer": "rackplan", "files": 3}', encoding="utf-8")


def manifest_of_another(folder: Path) -> None:
    text = (folder / MANIFEST).read_text(encoding="utf-8").replace("rackplan", "somebody")
    (folder / MANIFEST).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (add_file, "notes.txt"),
        (add_file_below, "tables/notes.txt"),
        (add_empty_folder, "mine"),
        (add_link, "mine"),
        (edit_file, "bom.csv"),
        (remove_manifest, "bom.csv"),
        (break_manifest, MANIFEST),
        (manifest_of_another, MANIFEST),
    ],
)
def test_force_refuses_a_folder_with_anything_that_rackplan_did_not_write(
    change: Callable[[Path], None], named: str, tmp_path: Path
) -> None:
    write_folder(tmp_path / "out", FIRST)
    change(tmp_path / "out")
    before = contents(tmp_path)
    code, message = refusal(lambda: write_folder(tmp_path / "out", SECOND, force=True))
    assert code == "RP031"
    assert named in message
    assert contents(tmp_path) == before


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        PermissionError(errno.EACCES, os.strerror(errno.EACCES)),
        OSError("without a number"),
    ],
)
def test_a_failure_in_the_middle_leaves_everything_as_it_was(
    error: OSError,
    old: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    if old:
        write_folder(tmp_path / "out", FIRST)
    before = contents(tmp_path)
    writers = [*SECOND, raising(error)]
    code, message = refusal(lambda: write_folder(tmp_path / "out", writers, force=True))
    assert code == "RP032"
    assert message == f"cannot write: {(error.strerror or str(error)).lower()}"
    assert contents(tmp_path) == before


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), ValueError("a bug")])
def test_an_interruption_in_a_writer_leaves_everything_as_it_was(
    error: BaseException, tmp_path: Path
) -> None:
    write_folder(tmp_path / "out", FIRST)
    before = contents(tmp_path)
    with pytest.raises(type(error)):
        write_folder(tmp_path / "out", [*SECOND, raising(error)], force=True)
    with pytest.raises(type(error)):
        write_folder(tmp_path / "deep/below/new", [raising(error)])
    assert contents(tmp_path) == before


@pytest.mark.parametrize("error", [OSError(errno.EIO, "i/o error"), KeyboardInterrupt()])
@pytest.mark.parametrize("failing", [1, 2])
def test_a_failure_between_the_renames_brings_the_old_folder_back(
    failing: int, error: BaseException, tmp_path: Path
) -> None:
    write_folder(tmp_path / "out", FIRST)
    before = contents(tmp_path)
    rename = Path.rename
    calls = 0

    def failing_rename(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise error
        return rename(self, target)

    with (
        mock.patch.object(Path, "rename", failing_rename),
        pytest.raises((FileAccessError, KeyboardInterrupt)),
    ):
        write_folder(tmp_path / "out", SECOND, force=True)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("step", ["tempfile.mkdtemp", "os.fsync", "pathlib.Path.mkdir"])
def test_a_place_that_cannot_be_written_is_an_access_error(step: str, tmp_path: Path) -> None:
    failure = OSError(errno.EROFS, os.strerror(errno.EROFS))
    with mock.patch(step, side_effect=failure):
        refused = refusal(lambda: write_folder(tmp_path / "out", [writer("bom.csv", "x")]))
    assert refused == ("RP032", "cannot write: read-only file system")
    assert contents(tmp_path) == {}


def test_a_file_above_the_target_is_an_access_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert refusal(lambda: write_folder(tmp_path / "file/out", FIRST))[0] == "RP032"
    assert contents(tmp_path) == {"file": b"mine"}


def test_a_name_that_is_too_long_is_an_access_error(tmp_path: Path) -> None:
    assert refusal(lambda: write_folder(tmp_path / ("x" * 300), FIRST))[0] == "RP032"
    assert refusal(lambda: write_file(tmp_path / ("x" * 300), "x"))[0] == "RP032"
    assert contents(tmp_path) == {}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
@pytest.mark.parametrize("old", [True, False])
def test_a_killed_process_leaves_the_old_folder_or_none(
    old: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    if old:
        write_folder(tmp_path / "out", FIRST)
    before = contents(tmp_path)
    program = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from rackplan.output import write_folder

        def write(folder):
            (folder / "half.csv").write_text("ha")
            print("writing", flush=True)
            time.sleep(60)

        write_folder(Path(sys.argv[1]), [write], force=True)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "out")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        process.kill()
    visible = {
        name: data for name, data in contents(tmp_path).items() if not name.startswith(".out-")
    }
    assert visible == before
    write_folder(tmp_path / "out", SECOND, force=True)
    assert (tmp_path / "out/bom.csv").read_text(encoding="utf-8") == "second\n"


def test_a_terminated_program_leaves_nothing(tmp_path: Path) -> None:
    """SIGTERM in the middle of `rackplan plan`, through the command line's own handler."""
    program = textwrap.dedent(
        """
        import sys, time
        from rackplan import cli, output

        def seal(draft):
            print("writing", flush=True)
            time.sleep(60)

        output._seal = seal
        sys.argv = ["rackplan", *sys.argv[1:]]
        cli.main()
        """
    )
    file = tmp_path / "cluster.yaml"
    file.write_text("name: x\ncompute: [{node: dgx-h100, count: 4}]\n", encoding="utf-8")
    command = [sys.executable, "-c", program, "plan", str(file), "-o", str(tmp_path / "out")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if line == "writing\n":
                break
        time.sleep(0.1)
        process.terminate()
        told = process.stderr.read()
    assert process.returncode == 130
    assert "Traceback" not in told
    assert sorted(contents(tmp_path)) == ["cluster.yaml"]


# --- single files ----------------------------------------------------------------------------


def test_a_new_file_holds_the_text_with_line_feeds(tmp_path: Path) -> None:
    write_file(tmp_path / "deep/page.html", "é\n")
    assert contents(tmp_path) == {"deep": None, "deep/page.html": "é\n".encode()}


def test_an_existing_file_is_refused_and_with_force_replaced(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text("old", encoding="utf-8")
    assert refusal(lambda: write_file(target, "new")) == ("RP030", "the file exists")
    assert target.read_text(encoding="utf-8") == "old"
    write_file(target, "new", force=True)
    assert contents(tmp_path) == {"page.html": b"new"}


def test_a_link_to_nowhere_is_an_existing_file(tmp_path: Path) -> None:
    (tmp_path / "page.html").symlink_to(tmp_path / "nowhere")
    assert refusal(lambda: write_file(tmp_path / "page.html", "new"))[0] == "RP030"
    assert (tmp_path / "page.html").is_symlink()


def test_a_folder_in_place_of_the_file_is_refused_even_with_force(tmp_path: Path) -> None:
    (tmp_path / "page.html").mkdir()
    for force in (False, True):
        refused = refusal(lambda force=force: write_file(tmp_path / "page.html", "x", force=force))
        assert refused == ("RP030", "a folder has that name")


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace", "tempfile.mkstemp"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "no space"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file(step: str, error: BaseException, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("old", encoding="utf-8")
    with (
        mock.patch(step, side_effect=error),
        pytest.raises((FileAccessError, KeyboardInterrupt)),
    ):
        write_file(tmp_path / "page.html", "new", force=True)
    assert contents(tmp_path) == {"page.html": b"old"}
