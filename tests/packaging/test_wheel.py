"""The built wheel, installed by unpacking it where the checkout is out of sight."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class BareEnvironment:
    """A Python that has the wheel, and the running Python's packages apart from rackplan."""

    python: Path
    site_packages: Path

    def run(self, *arguments: str, folder: Path) -> str:
        """Run this Python in a folder and return what it prints."""
        done = subprocess.run(
            [str(self.python), *arguments],
            cwd=folder,
            env={
                name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> BareEnvironment:
    home = tmp_path_factory.mktemp("bare").resolve() / "env"
    venv.create(home, with_pip=False, symlinks=True)
    paths = sysconfig.get_paths("venv", vars={"base": str(home), "platbase": str(home)})
    site_packages = Path(paths["purelib"])
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site_packages)
    # A folder named by a .pth file comes after site-packages, and the .pth files inside it are
    # not read: the editable install of rackplan, which is one of them, stays behind.
    borrowed = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (site_packages / "borrowed.pth").write_text("\n".join(borrowed) + "\n", encoding="utf-8")
    return BareEnvironment(Path(paths["scripts"]) / Path(sys.executable).name, site_packages)


def test_the_wheel_carries_every_catalog_and_example(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    kept = {
        f"rackplan/_data/{path.relative_to(ROOT).as_posix()}"
        for folder in ("catalogs", "examples")
        for path in (ROOT / folder).rglob("*.yaml")
    }
    assert kept
    assert kept <= carried


def test_the_wheel_carries_every_module_and_nothing_from_outside(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if name.endswith(".py")}
    source = ROOT / "src"
    assert carried == {path.relative_to(source).as_posix() for path in source.rglob("*.py")}


def test_the_wheel_offers_the_rackplan_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        offered = archive.read(name).decode()
    assert "rackplan = rackplan.cli:main" in offered.splitlines()


def test_the_unpacked_wheel_is_what_a_bare_environment_imports(
    bare: BareEnvironment, tmp_path: Path
) -> None:
    printed = bare.run("-c", "import rackplan; print(rackplan.__file__)", folder=tmp_path)
    assert Path(printed.strip()).is_relative_to(bare.site_packages)


def test_the_unpacked_wheel_plans_an_example_from_another_folder(
    bare: BareEnvironment, tmp_path: Path
) -> None:
    example = Path(shutil.copy(ROOT / "examples" / "gb300-8-racks.yaml", tmp_path))
    printed = bare.run("-m", "rackplan", "plan", example.name, "--format", "json", folder=tmp_path)
    assert json.loads(printed)["totals"]["gpus"] == 576
