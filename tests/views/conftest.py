"""Fixtures of the views: plans of deployments given as text, and pages in a real browser."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rackplan.api import plan
from rackplan.build import Plan


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Plan]:
    """Return a function that plans a deployment without its name, once for each text."""
    file = tmp_path_factory.mktemp("deployments") / "deployment.yaml"
    plans: dict[str, Plan] = {}

    def make(text: str) -> Plan:
        if text not in plans:
            file.write_text(f"name: test\n{text}", encoding="utf-8")
            plans[text] = plan(file)
        return plans[text]

    return make


@pytest.fixture
def browse(
    tmp_path: Path, require_program: Callable[..., Path]
) -> Callable[[str], tuple[str, Path]]:
    """Return a function that opens a page: its markup without scripts, and a picture of it.

    It fails where the console shows an error or the page breaks its own policy.
    """
    browser = [
        str(require_program("chromium", "chromium-browser", "google-chrome")),
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-dev-shm-usage", "--no-first-run", "--enable-logging=stderr",
        f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=10000",
        "--window-size=1600,1000",
    ]  # fmt: skip

    def run(page: str) -> tuple[str, Path]:
        file, picture = tmp_path / "page.html", tmp_path / "page.png"
        file.write_text(page, encoding="utf-8")
        dom = subprocess.run(
            [*browser, "--dump-dom", f"--screenshot={picture}", file.as_uri()],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        console = [line for line in dom.stderr.splitlines() if "CONSOLE" in line]
        assert not console, console
        assert "Content Security Policy" not in dom.stderr
        return re.sub(r"<script.*?</script>", "", dom.stdout, flags=re.DOTALL), picture

    return run
