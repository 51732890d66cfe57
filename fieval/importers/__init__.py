"""Foreign formats → outputs or golden interactions: one file per format, and nothing to register.

Other distributions offer more of them through entry points of the group `fieval.importers`.
"""

from fieval.importers.base import Reading
from fieval.importers.parts.conversion import Conversion, check_joinable, convert, files_of
from fieval.importers.parts.finding import importer_of, importers, others
from fieval.importers.parts.lines import Kind

__all__ = [
    "Conversion",
    "Kind",
    "Reading",
    "check_joinable",
    "convert",
    "files_of",
    "importer_of",
    "importers",
    "others",
]
