"""The story of a comment: on which pull request, whether at all, and what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fieval.errors import InvalidInput
from fieval.github.client import Client, Refusal
from fieval.github.comments import Comment, Mode, Thread
from fieval.github.outcome import Outcome
from fieval.github.pull_requests import Target, find_pull_requests
from fieval.github.writing import Origin, comment
from fieval.reports.cleaning import short

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_SERVER = re.compile(r"https?://[A-Za-z0-9.:-]+")
_SHA = re.compile(r"[0-9a-f]{7,64}")
_FORK = (
    "No comment: the pull request comes from a fork, whose token may not write one. A second workflow, started by "
    "workflow_run, can."
)


@dataclass(frozen=True, slots=True)
class Posting:
    """What is asked for: whose comment, under which marker, where, and when."""

    repository: str
    mark: str
    mode: Mode
    author: str
    server: str


def check_repository(name: str) -> str:
    """`owner/name`, or InvalidInput."""
    if not _REPOSITORY.fullmatch(name) or {".", ".."} & set(name.split("/")):
        raise InvalidInput(f'--repository (or $GITHUB_REPOSITORY) "{short(name, 80)}": expected owner/name')
    return name


def post(client: Client, posting: Posting, target: Target, outcome: Outcome) -> str:
    """Write or renew the comment, and say in a sentence what was done. Raises Refusal."""
    number = target.number
    if number is None and target.head is not None:
        found = find_pull_requests(client, posting.repository, target.head)
        if len(found) > 1:
            several = " and ".join(f"#{each}" for each in found)
            raise Refusal(f"several open pull requests have this head ({several}); which one was measured is not known")
        number = found[0] if found else None
    if number is None:
        return "No comment: no open pull request has what was measured as its head."
    thread = Thread(client, posting.repository, number, posting.author)
    return _kept(thread, posting, _origin(posting, target), outcome)


def hindrance(posting: Posting, target: Target, *, explicit: bool) -> str | None:
    """Why there is nothing to write, as far as that can be told without asking GitHub."""
    if posting.mode == "never":
        return "No comment: none is wanted."
    if target.number is None and target.head is None:
        return "No comment: this workflow was not started by a pull request."
    number_by_event = target.number is not None and not explicit
    if number_by_event and target.head is not None and target.head.foreign(posting.repository):
        return _FORK
    return None


def _kept(thread: Thread, posting: Posting, origin: Origin, outcome: Outcome) -> str:
    def body(existing: Comment | None) -> str | None:
        if posting.mode == "on-failure" and outcome.verdict == "pass" and existing is None:
            return None
        return comment(outcome, posting.mark, origin, existing.body if existing else None)

    deed, written = thread.keep(posting.mark, body)
    if written is None:
        return "No comment: it passed, and nothing stood there before."
    login = written.user.login if written.user else ""
    if login != posting.author:
        raise Refusal(
            f"a comment was written as {short(login, 60)}, but looked for as {short(posting.author, 60)}: name the "
            "author that the token writes as, or every run adds another comment"
        )
    return f"Comment {deed} on #{thread.number}."


def _origin(posting: Posting, target: Target) -> Origin:
    """Links are made only of parts that cannot hold anything else."""
    known = target.run_id is not None and _SERVER.fullmatch(posting.server)
    head = target.head
    return Origin(
        f"{posting.server}/{posting.repository}/actions/runs/{target.run_id}" if known else None,
        head.sha if head and _SHA.fullmatch(head.sha) else None,
        head is not None and head.foreign(posting.repository),
    )
