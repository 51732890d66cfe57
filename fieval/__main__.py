"""The entry point: the one edge where everything that can go wrong becomes an exit code.

Python itself would exit with 1 on an uncaught exception, and 1 means "the gate failed" here. So nothing is imported
before it can be caught.
"""

from __future__ import annotations

import contextlib
import os
import sys


def main() -> None:
    """Run the command line and exit by its verdict."""
    _fill_closed_streams()
    try:
        from fieval.cli import run_command

        code = run_command(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
        with contextlib.suppress(OSError, AttributeError):
            sys.stderr.write("fieval: interrupted (exit 130)\n")
    except BaseException as error:  # noqa: BLE001 - a bug must not look like a verdict, nor a library's own exit
        code = _report_bug(error)
    _leave(code)


def _fill_closed_streams() -> None:
    """Python has None for a stream that was closed before the start (`>&-`); writing to it must not crash."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - lives as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115


def _leave(code: int) -> None:
    """Exit with the code, whatever became of the streams; Python itself exits with 120 if it cannot flush them."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            os._exit(code)
    sys.exit(code)


def _report_bug(error: BaseException) -> int:
    """Print what a maintainer needs, without the exception's own words: they may hold what a customer said."""
    import platform
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    places = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    lines = [
        "fieval: this is a bug in fieval, not a verdict (exit 70). Please report it with these lines:",
        f"  fieval {_version()}, Python {platform.python_version()}, {platform.platform()}",
        *places,
        f"  {type(error).__module__}.{type(error).__qualname__}{_import_error(error)}",
    ]
    with contextlib.suppress(OSError, AttributeError):
        sys.stderr.write("\n".join(lines) + "\n")
    return 70


def _import_error(error: BaseException) -> str:
    return f": {error}" if isinstance(error, ImportError) else ""


def _version() -> str:
    from fieval import __version__

    return __version__


if __name__ == "__main__":
    main()
