"""Who does the work: nobody but this process, a pool of processes, or the workers of a Dask cluster."""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from multiprocessing import resource_tracker
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import TypeVar

from fieval.data.shelves import Mark, Reading, Spread
from fieval.errors import InvalidInput, Unmeasurable
from fieval.evals import evaluators
from fieval.interrupting import ENDING

_SECONDS_TO_CONNECT, _SECONDS_TO_LEAVE = 15, 5
_SECONDS_BETWEEN_LOOKS, _LOOKS = 5, 6
_PACKAGES = ("fieval", "jiwer", "msgspec", "numpy", "rapidfuzz")
_AGAIN = "this run has no verdict; run it again"
_Given = TypeVar("_Given")
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Hands:
    """What spreads work over other processes; some live `longer` than one run, with the modules they once imported."""

    spread: Spread
    longer: bool

    def reading(self, mark: Mark) -> Reading:
        """How these read files; nothing is kept, since whoever reads need not be who scores."""
        return Reading(self.spread, 0, mark, apart=self.longer)


@contextmanager
def hands(workers: int = 1, cluster: str | None = None, *, alone: bool = False) -> Iterator[Hands | None]:
    """So many processes, or those of a cluster; None where this process does it all. `alone`: nothing but fieval runs
    in it yet, so that others may begin as copies of it.

    Raises Unmeasurable where workers or the cluster are lost, InvalidInput where there can be none.
    """
    if cluster is not None:
        if workers > 1:
            raise InvalidInput("--workers and --cluster: a cluster has its own workers; give one of the two")
        with _of_cluster(cluster) as spread:
            yield Hands(spread, longer=True)
    elif workers > 1:
        with _of_pool(workers, alone) as spread:
            yield Hands(spread, longer=False)
    else:
        yield None


@contextmanager
def _of_pool(workers: int, alone: bool) -> Iterator[Spread]:
    pool = ProcessPoolExecutor(workers, mp_context=_beginning(alone), initializer=_settled)
    lost = f"a worker process was lost (killed, or out of memory); {_AGAIN}, perhaps with fewer --workers"
    try:
        with suppress(OSError, BrokenProcessPool), _deaf_to_interrupts():  # of failures the first work tells
            for _ in range(workers):
                pool.submit(os.getpid)  # so that they come up while the first process reads the config
        begun = multiprocessing.active_children()
        yield partial(_spread, pool, lost, lambda: not all(worker.is_alive() for worker in begun), 1)
    except BaseException:
        _end(pool)
        raise
    finally:
        pool.shutdown()


def _end(pool: ProcessPoolExecutor) -> None:
    """What its workers are at, nobody waits for any more; the pool would, for the rest of what one was just sending."""
    for worker in multiprocessing.active_children():
        worker.terminate()
    with suppress(AttributeError, OSError):
        pool._result_queue._writer.close()  # type: ignore[attr-defined]  # so that it hears that nobody sends


def _beginning(alone: bool) -> BaseContext:
    """Copies have everything imported that scoring needs; but of other threads a copy has only the locks they held."""
    if alone and sys.platform == "linux" and threading.active_count() == 1:
        evaluators()
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


@contextmanager
def _of_cluster(address: str) -> Iterator[Spread]:
    if not re.fullmatch(r"[a-z]+://\S+:\d+", address):
        raise InvalidInput(f"--cluster {address}: expected the address of a Dask scheduler, as tcp://host:8786")
    try:
        from distributed import Client
    except ImportError as error:
        raise InvalidInput(
            "--cluster: Dask is not installed; pip install 'fieval[dask]', of the clone '.[dask]'"
        ) from error
    for name in [each for each in logging.root.manager.loggerDict if each.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # what it would tell, we say in a sentence
    try:
        client = Client(address, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Unmeasurable(f"--cluster {address}: cannot be reached: {error}") from error
    try:
        _check_same(client.run(_versions), address)
        lost = f"the cluster {address} was lost, or too many of its workers were; {_AGAIN}"
        executor = client.get_executor(pure=False)
        yield partial(_spread, executor, lost, lambda: not client.scheduler_info()["workers"], _LOOKS)
    finally:
        client.close(timeout=_SECONDS_TO_LEAVE)


def _spread(
    executor: Executor,
    lost: str,
    deserted: Callable[[], bool],
    looks: int,
    function: Callable[[_Given], _Found],
    given: Iterable[_Given],
) -> Iterator[_Found]:
    """`map` on an executor that ends with us, and with it whatever an interrupt leaves behind; it begins at once."""
    with _telling(lost):
        futures = deque(executor.submit(function, each) for each in given)
    return _results(futures, lost, deserted, looks)


def _results(futures: deque[Future[_Found]], lost: str, deserted: Callable[[], bool], looks: int) -> Iterator[_Found]:
    with _telling(lost):
        while futures:
            _await(futures[0], deserted, looks)
            yield futures.popleft().result()


@contextmanager
def _telling(lost: str) -> Iterator[None]:
    """Raises Unmeasurable where those who did the work are lost."""
    try:
        yield
    except (BrokenProcessPool, CancelledError, OSError) as error:
        raise Unmeasurable(lost) from error
    except Exception as error:
        if type(error).__name__ == "KilledWorker":  # of a library that may not be there
            raise Unmeasurable(lost) from error
        raise


def _await(future: Future[_Found], deserted: Callable[[], bool], looks: int) -> None:
    """Raises CancelledError where so many times it was found deserted; a cluster's worker that died may be replaced."""
    left = looks
    while not wait([future], _SECONDS_BETWEEN_LOOKS).done:
        left = left - 1 if deserted() else looks
        if not left:
            raise CancelledError


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes that are begun inside never hear of an interrupt; this one does afterwards."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it would unblock them
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _settled() -> None:
    """In a worker of ours: the first process hears of an interrupt and ends us, and none of us outlives it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for ending in ENDING:
        signal.signal(ending, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_until_gone, args=(parent,), daemon=True).start()


def _until_gone(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _versions() -> dict[str, str]:
    """What the rows that this process makes depend on."""
    return {name: version(name) for name in _PACKAGES}


def _check_same(workers: Mapping[str, Mapping[str, str]], address: str) -> None:
    """Raises InvalidInput where other versions would make other rows, Unmeasurable where nobody is there to work."""
    if not workers:
        raise Unmeasurable(f"--cluster {address}: has no workers; start some with `dask worker {address}`")
    for worker, found in sorted(workers.items()):
        other = [f"{name} {found[name]} (here {own})" for name, own in _versions().items() if found[name] != own]
        if other:
            raise InvalidInput(f"--cluster {address}: the worker {worker} has {', '.join(other)}")
