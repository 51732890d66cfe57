"""One comment per key: found over all pages, by marker and author, and nobody else's is touched."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from fieval.errors import InvalidInput
from fieval.github.client import LONGEST_WAIT, Client, Refusal
from fieval.github.comments import Comment, Thread
from fieval.github.pull_requests import Branch, Repository, find_pull_requests

from github.fake_github import BOT, REPOSITORY, TOKEN, Failure, FakeGitHub, serving

MARK = "<!-- fieval:gate -->"


@dataclass
class Pauses:
    """How long was waited, without waiting."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def thread(server: FakeGitHub, author: str = BOT, pauses: Pauses | None = None) -> Thread:
    return Thread(Client(server.url, TOKEN, pauses or Pauses()), REPOSITORY, 7, author)


def body(existing: Comment | None) -> str | None:
    return f"{MARK}\nnew"


def nothing(existing: Comment | None) -> str | None:
    return None


def test_the_first_comment_is_created(server: FakeGitHub) -> None:
    server.add("a person's word", "ana")
    deed, written = thread(server).keep(MARK, body)
    assert deed == "created"
    assert written is not None
    assert server.bodies()[1:] == [f"{MARK}\nnew"]
    assert server.methods() == ["GET", "POST"]


def test_the_second_is_an_update(server: FakeGitHub) -> None:
    server.add(f"{MARK}\nold")
    assert thread(server).keep(MARK, body)[0] == "updated"
    assert server.bodies() == [f"{MARK}\nnew"]


def test_a_body_of_none_leaves_all_as_it_is(server: FakeGitHub) -> None:
    server.add(f"{MARK}\nold")
    assert thread(server).keep(MARK, nothing)[0] == "left"
    assert server.methods() == ["GET"]


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("before", [99, 100, 199, 350])
def test_ours_is_found_on_any_page(server: FakeGitHub, before: int, links: bool) -> None:
    server.links = links
    for number in range(before):
        server.add(f"remark {number}", "ana")
    server.add(f"{MARK}\nold")
    assert thread(server).keep(MARK, body)[0] == "updated"
    assert len(server.comments) == before + 1


def test_our_marker_in_somebody_elses_comment_is_not_ours(server: FakeGitHub) -> None:
    server.add(f"{MARK}\nmine now", "mallory")
    server.add(f"{MARK}\nmine now", None)
    server.add(f"{MARK}\nmine now", "github-actions")
    assert thread(server).keep(MARK, body)[0] == "created"
    assert server.bodies()[:3] == [f"{MARK}\nmine now"] * 3


def test_the_marker_must_be_the_beginning(server: FakeGitHub) -> None:
    server.add(f"As the bot said: {MARK}")
    server.add(f"> {MARK}\n> quoted")
    assert thread(server).keep(MARK, body)[0] == "created"


def test_keys_do_not_meet(server: FakeGitHub) -> None:
    for other in ("<!-- fieval:gat -->", "<!-- fieval:gate2 -->", "<!-- fieval:Gate -->"):
        server.add(f"{other}\nother")
    assert thread(server).keep(MARK, body)[0] == "created"


def test_of_several_the_newest_is_renewed(server: FakeGitHub) -> None:
    server.add(f"{MARK}\nfirst")
    server.add(f"{MARK}\nsecond")
    thread(server).keep(MARK, body)
    assert server.bodies() == [f"{MARK}\nfirst", f"{MARK}\nnew"]


def test_another_author_can_be_named(server: FakeGitHub) -> None:
    server.login = "release-bot"
    server.add(f"{MARK}\nold", "release-bot")
    assert thread(server, "release-bot").keep(MARK, body)[0] == "updated"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_busy_server_is_asked_again(server: FakeGitHub, method: str, status: int) -> None:
    server.failures = [Failure(method, status), Failure(method, status)]
    pauses = Pauses()
    assert thread(server, pauses=pauses).keep(MARK, body)[0] == "created"
    assert pauses.seconds == [0.5, 1.0]
    assert len(server.comments) == 1


def test_a_comment_whose_answer_got_lost_is_not_written_twice(server: FakeGitHub) -> None:
    server.failures = [Failure("POST", 502, done=True)]
    thread(server).keep(MARK, body)
    assert len(server.comments) == 1


def test_a_server_that_stays_busy_is_given_up(server: FakeGitHub) -> None:
    server.failures = [Failure("GET", 500)] * 9
    with pytest.raises(Refusal, match="500 to GET"):
        thread(server).keep(MARK, body)
    assert len(server.requests) == 4


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize("header", ["Retry-After", "X-RateLimit-Reset"])
def test_a_limit_is_waited_for_as_long_as_it_says(server: FakeGitHub, status: int, header: str) -> None:
    import time

    said = "3" if header == "Retry-After" else str(int(time.time()) + 3)
    server.failures = [Failure("POST", status, "limited", {header: said, "X-RateLimit-Remaining": "0"})]
    pauses = Pauses()
    assert thread(server, pauses=pauses).keep(MARK, body)[0] == "created"
    assert 1 <= pauses.seconds[0] <= 3


def test_the_secondary_limit_is_known_by_its_words(server: FakeGitHub) -> None:
    server.failures = [Failure("POST", 403, "You have exceeded a secondary rate limit.")]
    assert thread(server).keep(MARK, body)[0] == "created"


def test_too_long_a_wait_is_not_waited_for(server: FakeGitHub) -> None:
    server.failures = [Failure("POST", 429, headers={"Retry-After": str(int(LONGEST_WAIT) + 1)})]
    pauses = Pauses()
    with pytest.raises(Refusal, match="429"):
        thread(server, pauses=pauses).keep(MARK, body)
    assert pauses.seconds == []


@pytest.mark.parametrize(("status", "hint"), [(403, "pull-requests: write"), (404, "no such"), (422, "no such")])
def test_a_plain_refusal_is_final(server: FakeGitHub, status: int, hint: str) -> None:
    server.failures = [Failure("POST", status, "no such thing")]
    with pytest.raises(Refusal, match=f"{status} to POST /repos/acme/gates/issues/7/comments: .*{hint}"):
        thread(server).keep(MARK, body)
    assert server.methods() == ["GET", "POST"]


def test_an_answer_that_is_no_list_is_refused(server: FakeGitHub) -> None:
    server.failures = [Failure("GET", 200, "not a list")]
    with pytest.raises(Refusal, match="not what its REST API promises"):
        thread(server).keep(MARK, body)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_goes_to_no_other_host(server: FakeGitHub, method: str, status: int) -> None:
    with serving() as other:
        server.failures = [Failure(method, status, headers={"Location": f"{other.url}/repos/{REPOSITORY}/issues/7"})]
        with pytest.raises(Refusal, match="not followed"):
            thread(server).keep(MARK, body)
        assert other.requests == []


def test_a_page_that_moved_on_the_same_host_is_followed(server: FakeGitHub) -> None:
    server.add(f"{MARK}\nold")
    moved = f"{server.url}/repos/{REPOSITORY}/issues/7/comments?per_page=100&page=1"
    server.failures = [Failure("GET", 301, headers={"Location": moved})]
    assert thread(server).keep(MARK, body)[0] == "updated"


def test_a_server_that_is_not_there_is_a_refusal() -> None:
    with serving() as server:
        pass
    with pytest.raises(Refusal, match="cannot be reached"):
        thread(server).keep(MARK, body)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.github.com",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "ftp://localhost",
        "file:///x",
        "",
    ],
)
def test_only_https_or_this_machine(url: str) -> None:
    with pytest.raises(InvalidInput, match="https"):
        Client(url, TOKEN)


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "é"])
def test_what_is_no_token_is_not_sent(token: str) -> None:
    with pytest.raises(InvalidInput, match="GITHUB_TOKEN") as told:
        Client("https://api.github.com", token)
    assert not token or token not in str(told.value)


def test_the_token_is_not_shown() -> None:
    assert TOKEN not in repr(Client("https://api.github.com", TOKEN))


HEAD = Branch("a" * 40, "topic/ü & x=1", Repository("stranger/gates"))


def test_a_pull_request_is_found_by_its_head(server: FakeGitHub) -> None:
    server.pull(3, "b" * 40, HEAD.ref)
    server.pull(4, HEAD.sha, HEAD.ref, "else/gates")
    server.pull(5, HEAD.sha, HEAD.ref, "stranger/fork-of-gates")
    server.pull(6, HEAD.sha, "other")
    server.pull(7, HEAD.sha, HEAD.ref)
    assert find_pull_requests(Client(server.url, TOKEN), REPOSITORY, HEAD) == [7]


@pytest.mark.parametrize("head", [Branch("a" * 40, ""), Branch("a" * 40, "", Repository("stranger/gates"))])
def test_a_head_that_is_gone_finds_nothing(server: FakeGitHub, head: Branch) -> None:
    """GitHub then leaves the filter alone and names all."""
    server.pull(7, "a" * 40)
    assert find_pull_requests(Client(server.url, TOKEN), REPOSITORY, head) == []
