"""CPUs of compute nodes."""

from __future__ import annotations

from typing import ClassVar

from rackplan.catalog.base import Count, Entry, Number, Text, Whole


class Cpu(Entry):
    """A CPU package."""

    folder: ClassVar[str] = "cpus"
    singular: ClassVar[str] = "CPU"

    cores: Count
    """Cores of the package."""
    threads: Whole = Whole()
    """Hardware threads of the package."""
    memory_gb: Number = Number()
    """Largest memory. [GB]"""
    memory_type: Text = Text()
    """Memory generation, for example LPDDR5X."""
    memory_gbytes_per_s: Number = Number()
    """Memory bandwidth. [GB/s]"""
    chip_to_chip_gbytes_per_s: Number = Number()
    """Bandwidth to the GPUs on the same board, both directions added. [GB/s]"""
    tdp_w: Number = Number()
    """Thermal design power of the package. [W]"""
