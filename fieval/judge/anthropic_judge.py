"""Claude as the judge, over the Messages API. The SDK is heavy, so only a judge that is really asked imports it.

No temperature (the API has none), no retries by the SDK (its waits are unbounded), and replies are decoded here: the
SDK's own parsing loses message and usage of a reply that was cut off.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, cast
from urllib.parse import urlsplit

import msgspec

from fieval.errors import InvalidInput, Unmeasurable
from fieval.judge.faults import judged_fault, short
from fieval.judge.identity import Identity, digest
from fieval.judge.protocol import CallFailed, Judge, Prompt, Question, Reply, Usage, reply_schema
from fieval.judge.reading import Sent, read_reply
from fieval.judge.settings import Settings

if TYPE_CHECKING:
    from anthropic import Anthropic, APIStatusError
    from anthropic.types import OutputConfigParam

API_VERSION = "2026-10-21"
DEFAULT_URL = "https://api.anthropic.com"
LARGEST_REPLY = 4 * 2**20  # bytes

_Count = Annotated[int, msgspec.Meta(ge=0)]
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_CONNECT_SECONDS = 10.0
_VERSION = re.compile(r"claude-[a-z]+-(\d+)(?:-(\d{1,2}))?")


class AnthropicJudge(Judge):
    """One model of one API host. Raises InvalidInput for a model whose name may come to mean another one."""

    def __init__(self, settings: Settings) -> None:
        self.model = settings.model
        self._settings = settings
        self._url = _checked_url(settings.base_url or os.environ.get("ANTHROPIC_BASE_URL") or DEFAULT_URL)
        self._client: Anthropic | None = None
        if is_alias(self.model):
            raise InvalidInput(
                f'judge model "{self.model}" is an alias, whose model can change; name a pinned one, '
                "such as claude-sonnet-5-5 or a name that ends in a date"
            )

    def identity(self, prompt: Prompt) -> Identity:
        return Identity(
            provider="anthropic",
            host=urlsplit(self._url).netloc,
            api_version=API_VERSION,
            model=self.model,
            effort=self._settings.effort,
            max_tokens=self._settings.max_tokens,
            prompt=prompt.name,
            prompt_version=prompt.version,
            text=digest([prompt.system, prompt.task]),
            schema=digest(reply_schema(prompt)),
            rubric=digest(prompt.rubric),
            aggregation=prompt.aggregation,
        )

    def request(self, question: Question) -> Mapping[str, object]:
        return {
            "model": self.model,
            "max_tokens": self._settings.max_tokens,
            "system": question.prompt.system,
            "messages": [{"role": "user", "content": question.content}],
            "output_config": {
                "effort": self._settings.effort,
                "format": {"type": "json_schema", "schema": reply_schema(question.prompt)},
            },
        }

    def connect(self) -> str:
        import anthropic

        try:
            self._client = anthropic.Anthropic(
                base_url=self._url,
                max_retries=0,
                timeout=self._settings.seconds,
                default_headers={"anthropic-version": API_VERSION},
                open_telemetry=False,  # spans can carry what people said
                http_client=anthropic.DefaultHttpxClient(follow_redirects=False),
            )
        except anthropic.AnthropicError as error:
            raise Unmeasurable(f"the judge's credentials cannot be used: {short(str(error))}") from error
        _hush()
        return _source(self._client)

    def ask(self, question: Question, seconds: float) -> Reply:
        import anthropic
        import httpx2

        ends = time.monotonic() + seconds
        try:
            return read_reply(question, _decoded(self._call(question, ends)))
        except anthropic.APIStatusError as error:
            return judged_fault(error.status_code, error.error_code, _told(error), error.response.headers)
        except anthropic.APIConnectionError as error:
            unsent = isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout)
            raise CallFailed(f"the judge cannot be reached: {_cause(error)}", billed=not unsent) from error
        except anthropic.AnthropicError as error:
            raise Unmeasurable(f"the judge's credentials cannot be used: {short(str(error))}") from error
        except httpx2.HTTPError as error:
            raise CallFailed(f"the judge's reply broke off: {type(error).__name__}", billed=True) from error

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _call(self, question: Question, ends: float) -> tuple[bytes, str]:
        """The body of the reply and the id of the request; the clock is watched while it trickles in."""
        if self._client is None:
            raise RuntimeError("connect first")
        import httpx2

        left = max(0.01, ends - time.monotonic())
        body = self.request(question)
        received = bytearray()
        with self._client.messages.with_streaming_response.create(
            model=self.model,
            max_tokens=self._settings.max_tokens,
            system=question.prompt.system,
            messages=[{"role": "user", "content": question.content}],
            output_config=cast("OutputConfigParam", body["output_config"]),
            timeout=httpx2.Timeout(left, connect=min(left, _CONNECT_SECONDS)),
        ) as response:
            for chunk in response.iter_bytes():
                received += chunk
                if time.monotonic() > ends or len(received) > LARGEST_REPLY:
                    raise CallFailed("the judge's reply was too slow or too long", billed=True)
            return bytes(received), response.request_id or ""


def is_alias(model: str) -> bool:
    """Whether a model's name may come to mean another model: `-latest`, and names without a date from before 4.6.

    From 4.6 on, names without a date are versions (platform.claude.com, "Model IDs and versioning").
    """
    if model.endswith("-latest") or re.fullmatch(r"claude-(?:instant|[123])(?:[-.]\D.*|[-.]\d{1,2}.*)?", model):
        return re.search(r"-\d{8}$", model) is None
    version = _VERSION.fullmatch(model)
    return version is not None and (int(version[1]), int(version[2] or 0)) < (4, 6)


class _Block(msgspec.Struct):
    type: str
    text: str = ""


class _Usage(msgspec.Struct):
    input_tokens: _Count
    output_tokens: _Count
    cache_read_input_tokens: _Count | None = None
    cache_creation_input_tokens: _Count | None = None


class _StopDetails(msgspec.Struct):
    category: str | None = None


class _Message(msgspec.Struct):
    content: list[_Block]
    model: str
    stop_reason: str | None
    usage: _Usage
    stop_details: _StopDetails | None = None


# Made here: msgspec's types must not be first met by several threads, which the first answers are.
_messages = msgspec.json.Decoder(_Message)


def _decoded(received: tuple[bytes, str]) -> Sent:
    body, request_id = received
    try:
        message = _messages.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CallFailed("the judge's reply is not a message of its API", billed=True) from error
    used = message.usage
    category = message.stop_details.category if message.stop_details else None
    return Sent(
        stop_reason=message.stop_reason,
        text="".join(block.text for block in message.content if block.type == "text"),
        model=message.model,
        usage=Usage(
            used.input_tokens,
            used.output_tokens,
            used.cache_read_input_tokens or 0,
            used.cache_creation_input_tokens or 0,
        ),
        request_id=request_id,
        detail=f" ({category})" if category else "",
    )


def _hush() -> None:
    """At its level DEBUG the SDK logs whole requests, and with them what people said."""
    log = logging.getLogger("anthropic")
    if log.getEffectiveLevel() < logging.INFO:
        log.setLevel(logging.INFO)


def _source(client: Anthropic) -> str:
    """Where the credentials come from. Without any, the SDK would only fail at the first call, with a TypeError."""
    if client.api_key is not None:
        return "ANTHROPIC_API_KEY"
    if client.auth_token is not None:
        return "ANTHROPIC_AUTH_TOKEN"
    if client.credentials is not None:
        return "a profile or identity federation"
    raise Unmeasurable("the judge has no credentials: set ANTHROPIC_API_KEY, or replay recorded verdicts")


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    secure = parts.scheme == "https" and parts.hostname
    if not secure and not (parts.scheme == "http" and parts.hostname in _LOCAL):
        raise InvalidInput(f"judge base_url {short(url)}: expected an address that begins with https://")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidInput("judge base_url: expected an address without user, password or query")
    return url.rstrip("/")


def _told(error: APIStatusError) -> str:
    return error.api_message or error.message


def _cause(error: Exception) -> str:
    return type(error.__cause__ or error).__name__
