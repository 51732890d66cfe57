"""Which pull request a run belongs to: by its number, or by the commit that a workflow ran on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from fieval.errors import InvalidInput
from fieval.files import open_stored, shown
from fieval.github.client import Client

_PAGE = 100


class Repository(msgspec.Struct, frozen=True):
    """`owner/name`."""

    full_name: str


class Branch(msgspec.Struct, frozen=True):
    """The head of a pull request; its repository may be gone."""

    sha: str
    ref: str = ""
    repo: Repository | None = None

    def foreign(self, repository: str) -> bool:
        """Whether it lies in a fork; GitHub's names differ not by case alone."""
        return self.repo is None or self.repo.full_name.casefold() != repository.casefold()


class PullRequest(msgspec.Struct, frozen=True):
    """As much of a pull request as says which one it is."""

    number: int
    head: Branch


@dataclass(frozen=True, slots=True)
class Target:
    """What to comment on: a pull request by its number, else by its head; and the workflow run that measured it."""

    number: int | None
    head: Branch | None
    run_id: int | None = None


class _WorkflowRun(msgspec.Struct):
    id: int
    event: str
    head_sha: str
    head_branch: str | None = None
    head_repository: Repository | None = None


class _Event(msgspec.Struct):
    pull_request: PullRequest | None = None
    workflow_run: _WorkflowRun | None = None


def read_event(path: Path) -> Target:
    """The pull request that GitHub started this job for, by the file that it wrote. Raises InvalidInput."""
    with open_stored(path) as file:
        try:
            event = msgspec.json.decode(file.read(), type=_Event)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidInput(f"{shown(path)}: not an event of GitHub: {error}") from error
    if event.pull_request is not None:
        return Target(event.pull_request.number, event.pull_request.head)
    run = event.workflow_run
    if run is not None and run.event == "pull_request":
        return Target(None, Branch(run.head_sha, run.head_branch or "", run.head_repository), run.id)
    return Target(None, None)


def find_pull_requests(client: Client, repository: str, head: Branch) -> list[int]:
    """The open pull requests whose head is exactly this commit on this branch of this repository.

    GitHub is asked for the number, since what a fork hands over could name any.
    """
    owner = (head.repo.full_name if head.repo else "").partition("/")[0]
    query: dict[str, str | int] = {"state": "open", "head": f"{owner}:{head.ref}", "per_page": _PAGE}
    found = client.patiently(lambda: client.get(f"/repos/{repository}/pulls", query).decoded(list[PullRequest]))
    return [each.number for each in found if each.head == head]
