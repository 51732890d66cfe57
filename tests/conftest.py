"""Settings of all tests, and what several rooms share."""

import os

from small_gate import small

__all__ = ["small"]

# Small products in many processes: more threads than one only wait for each other. Results are the same to the bit.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Hundreds of processes are started: let the first one keep what it compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
