"""Nobody is asked for real: there are no credentials but a test's own."""

from judge.conftest import nobody, server

__all__ = ["nobody", "server"]
