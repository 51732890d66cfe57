"""All ratios that the project speaks of, measured here and now: python tests/benchmarks/table.py [--large].

Start-up, word errors against jiwer, statistics against scipy, whole runs against their floor, by size and by workers.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = ("bench_startup", "bench_wer", "bench_statistics", "bench_run")


def main() -> None:
    for name in BENCHMARKS:
        print(f"\n{name}", flush=True)
        subprocess.run([sys.executable, HERE / f"{name}.py", *sys.argv[1:]], check=True)


if __name__ == "__main__":
    main()
