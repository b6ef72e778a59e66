"""The names that `import rackplan` gives."""

from __future__ import annotations

import importlib
import pkgutil

import rackplan


def test_no_public_name_is_also_the_name_of_a_module() -> None:
    """Importing such a module anywhere would put it in the place of the public name."""
    modules = {module.name for module in pkgutil.iter_modules(rackplan.__path__)}
    assert modules & set(rackplan.__all__) == set()


def test_public_names_are_still_callable_after_every_module_was_imported() -> None:
    for module in pkgutil.walk_packages(rackplan.__path__, "rackplan."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in ("compare", "plan", "read_catalog", "read_deployment", "summary"):
        assert callable(getattr(rackplan, name)), name
