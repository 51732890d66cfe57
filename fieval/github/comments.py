"""Keeps one comment per key on a pull request: found by its hidden marker and its author, updated, never doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import msgspec

from fieval.github.client import Client, Reply

Mode = Literal["always", "on-failure", "never"]
Deed = Literal["created", "updated", "left"]

PAGE = 100
_MOST_PAGES = 100


class User(msgspec.Struct, frozen=True):
    """Who wrote something."""

    login: str


class Comment(msgspec.Struct, frozen=True):
    """A comment on an issue or pull request; its author may be gone."""

    id: int
    body: str | None = None
    user: User | None = None
    html_url: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """The comments of one pull request, as one author writes there."""

    client: Client
    repository: str
    number: int
    author: str

    def keep(self, mark: str, body: Callable[[Comment | None], str | None]) -> tuple[Deed, Comment | None]:
        """Update our comment with this marker, or write it. `body` makes the text from the one that stands there.

        A body of None leaves all as it is. The search is part of what is repeated where GitHub fails: a comment that
        was written, although the answer got lost, is found then.
        """
        return self.client.patiently(lambda: self._keep(mark, body))

    def own(self, mark: str) -> Comment | None:
        """Our newest comment that begins with the marker. The same marker in somebody else's is not ours to edit."""
        ours = [comment for comment in self._comments() if _begins(comment, mark) and _by(comment, self.author)]
        return max(ours, key=lambda comment: comment.id, default=None)

    def _keep(self, mark: str, body: Callable[[Comment | None], str | None]) -> tuple[Deed, Comment | None]:
        existing = self.own(mark)
        text = body(existing)
        if text is None:
            return "left", existing
        if existing is not None:
            path = f"/repos/{self.repository}/issues/comments/{existing.id}"
            return "updated", self.client.send("PATCH", path, {"body": text}).decoded(Comment)
        return "created", self.client.send("POST", self._path, {"body": text}).decoded(Comment)

    @property
    def _path(self) -> str:
        return f"/repos/{self.repository}/issues/{self.number}/comments"

    def _comments(self) -> Iterator[Comment]:
        for page in range(1, _MOST_PAGES + 1):
            reply = self.client.get(self._path, {"per_page": PAGE, "page": page})
            found = reply.decoded(list[Comment])
            yield from found
            if not _goes_on(reply, len(found)):
                return


def _begins(comment: Comment, mark: str) -> bool:
    return (comment.body or "").startswith(mark)


def _by(comment: Comment, author: str) -> bool:
    return comment.user is not None and comment.user.login == author


def _goes_on(reply: Reply, count: int) -> bool:
    """Whether there is a next page, by GitHub's word, else by whether this one is full."""
    links = reply.headers.get("Link")
    return 'rel="next"' in links if links else count == PAGE
