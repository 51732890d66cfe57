"""Gate configs: YAML → typed config, with `file:line:column` and a way out for everything that is wrong."""

from fieval.config.loading import load
from fieval.config.names import check_names
from fieval.config.schema import schema

__all__ = ["check_names", "load", "schema"]
