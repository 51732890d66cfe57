"""Gate configs: YAML → typed config, with `file:line:column` and a way out for everything that is wrong."""

from fieval.config.finding import DEFAULTS, default, find
from fieval.config.loading import load
from fieval.config.schema import schema

__all__ = ["DEFAULTS", "default", "find", "load", "schema"]
