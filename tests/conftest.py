"""Fixtures that more than one folder of tests needs."""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import settings

# A shared machine may stall for longer than a deadline allows, which says nothing about the code.
# In CI the examples are the same each time; by hand each run tries new ones.
settings.register_profile("rackplan", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("rackplan")


@pytest.fixture(scope="session")
def require_program() -> Callable[..., Path]:
    """Return a function that finds a program by the first of its names that is installed.

    Without the program the test is skipped, or fails where RACKPLAN_REQUIRE_PROGRAMS=1 says that
    the machine is meant to have all of them.
    """

    def find(*names: str) -> Path:
        for name in names:
            if found := shutil.which(name):
                return Path(found)
        return _absent(f"no program {' or '.join(names)} on this machine")

    return find


@pytest.fixture(scope="session")
def require_package() -> Callable[[str], Any]:
    """Return a function that imports a module of another planner; absent as above."""

    def find(name: str) -> Any:
        try:
            return importlib.import_module(name)
        except ImportError as error:
            return _absent(f"cannot import {name}: {error}")

    return find


def _absent(what: str) -> NoReturn:
    """Skip the test: it needs something that not every machine has, and CI must have."""
    if os.environ.get("RACKPLAN_REQUIRE_PROGRAMS") == "1":
        pytest.fail(f"{what}, and RACKPLAN_REQUIRE_PROGRAMS=1 demands it")
    pytest.skip(what)
