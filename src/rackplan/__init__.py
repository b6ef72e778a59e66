"""Planner for the racks and fabrics of AI and HPC datacenters.

>>> import rackplan
>>> plan = rackplan.plan("examples/gb300-8-racks.yaml")
>>> plan.design.gpus, len(plan.links)
(576, 1152)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rackplan._version import __version__

if TYPE_CHECKING:
    from rackplan.api import compare, plan, read_catalog, read_deployment
    from rackplan.build import Plan
    from rackplan.plan_summary import summary

__all__ = [
    "Plan",
    "__version__",
    "compare",
    "plan",
    "read_catalog",
    "read_deployment",
    "summary",
]

_HOME = {
    "Plan": "rackplan.build",
    "compare": "rackplan.api",
    "plan": "rackplan.api",
    "read_catalog": "rackplan.api",
    "read_deployment": "rackplan.api",
    "summary": "rackplan.plan_summary",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562), so that `--help` stays quick."""
    if name not in _HOME:
        message = f"module 'rackplan' has no attribute '{name}'"
        raise AttributeError(message)
    import importlib

    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return __all__
