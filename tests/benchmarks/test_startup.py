"""The benchmark of start-up says where it is: it takes minutes."""

import sys

import pytest
from benchmarks import bench_startup


def test_each_round_is_told_and_the_first_is_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    seconds = bench_startup.measure({"nothing": [sys.executable, "-S", "-c", "pass"]})
    told = capsys.readouterr().err.splitlines()
    assert (told[0], told[-1]) == ("warming up", f"round {bench_startup.ROUNDS} of {bench_startup.ROUNDS}")
    assert len(told) - 1 == len(seconds["nothing"]) == bench_startup.ROUNDS
