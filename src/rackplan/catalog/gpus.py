"""GPUs: dies, memory, arithmetic, power and NVLink ports."""

from __future__ import annotations

from typing import ClassVar

from rackplan.catalog.base import Count, Entry, Known, Model, Number, Positive, Several, Text


class NvlinkPorts(Model):
    """The NVLink side of a GPU package."""

    generation: int
    """Generation of NVLink, for example 5."""
    links: Several = Several()
    """Links of one package; null where the maker has not said."""
    gbytes_per_s: Positive = Positive()
    """Bandwidth of one package, both directions added. [GB/s]"""
    lane_gbps: Positive = Positive()
    """Rate of one lane, one direction. [Gb/s]"""
    simultaneous_bidirectional: Known[bool] = Known[bool](value=False)
    """Whether both directions share one differential pair."""


class Gpu(Entry):
    """A GPU package."""

    folder: ClassVar[str] = "gpus"
    singular: ClassVar[str] = "GPU"

    dies: Count
    """Reticle-limited compute dies in the package."""
    hbm_gb: Number = Number()
    """Memory capacity. [GB]"""
    hbm_type: Text = Text()
    """Memory generation, for example HBM3e."""
    hbm_tbytes_per_s: Number = Number()
    """Memory bandwidth. [TB/s]"""
    fp4_dense_pflops: Number = Number()
    """Dense FP4 arithmetic of the package. [PFLOPS]"""
    fp8_dense_pflops: Number = Number()
    """Dense FP8 arithmetic of the package. [PFLOPS]"""
    fp4_sparse_pflops: Number = Number()
    """FP4 arithmetic with 2:4 sparsity. [PFLOPS]"""
    fp8_sparse_pflops: Number = Number()
    """FP8 arithmetic with 2:4 sparsity. [PFLOPS]"""
    chip_to_chip_gbytes_per_s: Number = Number()
    """Bandwidth to the CPU on the same board, both directions added. [GB/s]"""
    release: Text = Text()
    """When it was released, or is announced for."""
    tdp_w: Number = Number()
    """Thermal design power of the package. [W]"""
    nvlink: NvlinkPorts | None = None
    """Absent where the GPU has no NVLink."""
