"""Golden datasets and outputs: reads them line by line, checks them, and pairs them by id."""

from fieval.data.card import read_card, sound_card
from fieval.data.interactions import dataset_source, interactions_file, read_dataset
from fieval.data.outputs import outputs_source, read_outputs, read_replies
from fieval.data.schema import schema
from fieval.data.shelves import Reading, Shelf, Spread, is_large
from fieval.data.traces import origin_of, remarks_on_origins
from fieval.data.training import refuse_seen
from fieval.data.verdicts import PersonVerdict, read_verdicts, unknown_verdict

__all__ = [
    "PersonVerdict",
    "Reading",
    "Shelf",
    "Spread",
    "dataset_source",
    "interactions_file",
    "is_large",
    "origin_of",
    "outputs_source",
    "read_card",
    "read_dataset",
    "read_outputs",
    "read_replies",
    "read_verdicts",
    "refuse_seen",
    "remarks_on_origins",
    "schema",
    "sound_card",
    "unknown_verdict",
]
