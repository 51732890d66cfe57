"""Settings of all tests."""

import os

# Small products in many processes: more threads than one only wait for each other. Results are the same to the bit.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
