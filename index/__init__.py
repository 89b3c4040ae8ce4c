"""The corpus on disk, and how to find passages in it."""

import os

# One question is too small to share between threads: OpenBLAS's own cost more than they bring (26 ms against 2).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
