"""Fixtures of the judges."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def require_package() -> Callable[[str], Any]:
    """Return a function that imports a module of another planner.

    Without it the test is skipped, or fails where RACKPLAN_REQUIRE_PROGRAMS=1 says that the
    machine is meant to have everything.
    """

    def find(name: str) -> Any:
        try:
            return importlib.import_module(name)
        except ImportError as error:
            absent = f"cannot import {name}: {error}"
        if os.environ.get("RACKPLAN_REQUIRE_PROGRAMS") == "1":
            pytest.fail(f"{absent}, and RACKPLAN_REQUIRE_PROGRAMS=1 demands it")
        pytest.skip(absent)

    return find
