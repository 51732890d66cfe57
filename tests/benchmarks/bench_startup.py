"""Start-up and a whole run against bare Python, side by side; run by hand: python tests/benchmarks/bench_startup.py.

Prints medians and, pair by pair, ratios: single times say little on a shared machine.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).parents[2]
ROUNDS = 15
FIEVAL = str(Path(sys.executable).with_name("fieval"))
PYTHON = [sys.executable, "-c", "pass"]
HEAVY = [sys.executable, "-c", "import pandas, scipy.stats"]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "fieval --help": [FIEVAL, "--help"],
            "fieval run (bundled dataset)": [FIEVAL, "run", "--quiet", "--out", folder],
            "python -c pass": PYTHON,
            'python -c "import pandas, scipy.stats"': HEAVY,
        }
        seconds = measure(commands)
    print(f"{'command':42} {'median s':>9} {'/ pass':>8} {'/ heavy':>8}")
    for name, times in seconds.items():
        ratios = [ratio(times, seconds[other]) for other in list(seconds)[2:]]
        print(f"{name:42} {statistics.median(times):9.3f} {ratios[0]:8.2f} {ratios[1]:8.2f}")


def measure(commands: dict[str, list[str]]) -> dict[str, list[float]]:
    """Seconds of each command, in turn, so that a machine that slows down slows all of them; one round to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for counted in range(ROUNDS + 1):
        print(f"round {counted} of {ROUNDS}" if counted else "warming up", file=sys.stderr, flush=True)
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            if counted:
                seconds[name].append(time.perf_counter() - start)
    return seconds


def ratio(times: list[float], others: list[float]) -> float:
    return statistics.median(mine / other for mine, other in zip(times, others, strict=True))


if __name__ == "__main__":
    main()
