"""Where the built-in catalogs and examples lie: in the wheel, or in the checkout."""

from __future__ import annotations

from pathlib import Path


def data_folder(name: str) -> Path:
    """The folder `catalogs` or `examples`; the one function that knows wheel from checkout."""
    package = Path(__file__).resolve().parents[1]
    bundled = package / "_data" / name
    return bundled if bundled.is_dir() else package.parents[1] / name
