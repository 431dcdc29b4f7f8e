"""Time limits that hold on a machine which is busy with something else."""

import os


def within(seconds: float) -> float:
    """A limit for a quiet machine, stretched by as much as this one is short of processors just now."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
