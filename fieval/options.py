"""The options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class OutputFormat(StrEnum):
    """What `fieval run` can print."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    GITHUB = "github"
    OTLP = "otlp"
    HTML = "html"


class PageFormat(StrEnum):
    """What `plan`, `selfcheck` and `calibrate` can print."""

    TEXT = "text"
    JSON = "json"


class CommentMode(StrEnum):
    """When `github comment` writes one; what stands there already is renewed on failure and on recovery."""

    ALWAYS = "always"
    ON_FAILURE = "on-failure"
    NEVER = "never"


class JudgeModeName(StrEnum):
    """In which mode a judge is asked."""

    LIVE = "live"
    RECORD = "record"
    BATCH = "batch"
    REPLAY = "replay"
    OFF = "off"


class RedactedName(StrEnum):
    """What is done with masked passages of transcripts."""

    REFUSE = "refuse"
    MASK = "mask"


class SchemaName(StrEnum):
    """What `fieval schema` can print."""

    CONFIG = "config"
    DATASET = "dataset"
    OUTPUTS = "outputs"
    REPORT = "report"


ConfigOption = Annotated[
    str | None,
    typer.Option("-c", "--config", metavar="FILE", help="Gate config [./fieval.yaml, else configs/default.yaml]."),
]
DatasetOption = Annotated[str | None, typer.Option(metavar="DIR", help="Golden dataset; overrides the config's.")]
CandidateOption = Annotated[str | None, typer.Option(metavar="FILE", help="Outputs to judge; overrides the config's.")]
BaselineOption = Annotated[
    str | None, typer.Option(metavar="FILE", help="Outputs to compare with; overrides the config's.")
]
IgnoreOption = Annotated[
    bool, typer.Option("--ignore-unknown", help="Skip outputs whose id the dataset does not have.")
]
UncoveredOption = Annotated[
    bool,
    typer.Option(
        "--allow-uncovered", help="Accept population values without interactions; the others make up for them."
    ),
]
JudgeOption = Annotated[
    JudgeModeName | None,
    typer.Option(
        "--judge", metavar="MODE", help="Ask a judge live, or record, batch, replay, off; overrides the config's."
    ),
]
RedactedOption = Annotated[
    RedactedName | None,
    typer.Option(
        "--redacted",
        metavar="HOW",
        help="Refuse transcripts with masked passages ([PII]), or mask: leave those out; overrides the config's.",
    ),
]
ReplayOption = Annotated[
    bool | None,
    typer.Option(
        "--replay/--no-replay", help="If it fails, run the steps' commands on repaired inputs; overrides the config's."
    ),
]
NoTextOption = Annotated[bool, typer.Option("--no-text", help="Leave what people said out of the HTML report.")]
NoTextsOption = Annotated[
    bool, typer.Option("--no-text", help="Leave what people said out of every file of the run folder.")
]
PageOption = Annotated[PageFormat, typer.Option("--format", metavar="FORMAT", help="Print text or json.")]
