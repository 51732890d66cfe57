"""How long a model will be there to judge: asked of the API's own list of models, which costs nothing."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import msgspec

from fieval.errors import Unmeasurable
from fieval.judge.anthropic_judge import AnthropicJudge
from fieval.judge.faults import judged_fault, short
from fieval.judge.protocol import CallFailed

SOON = timedelta(days=90)  # enough to calibrate another judge in

_LARGEST = 2**20  # bytes
_SECONDS = 15.0


class Life(msgspec.Struct, frozen=True):
    """What the API says of a model; `lifecycle` is `active`, `deprecated` or `retired`, None where it says nothing."""

    id: str
    lifecycle: str | None = None
    retires_at: datetime | None = None

    def days_left(self, now: datetime) -> int | None:
        """Whole days until it is to be retired, below 0 where that is overdue; None where no day is set."""
        if self.retires_at is None:
            return None
        aware = self.retires_at if self.retires_at.tzinfo else self.retires_at.replace(tzinfo=UTC)
        return (aware - now).days


class Catalogued(AnthropicJudge):
    """A judge that is asked about its own model, and about nothing else."""

    def life(self, seconds: float = _SECONDS) -> Life:
        """What the API says of it; connect first. Raises Unmeasurable where that cannot be known now."""
        import anthropic
        import httpx2

        try:
            return msgspec.json.decode(self._told(seconds), type=Life)
        except anthropic.APIStatusError as error:
            raise Unmeasurable(_fault(error)) from error
        except anthropic.APIConnectionError as error:
            raise Unmeasurable(f"the API cannot be reached: {type(error.__cause__ or error).__name__}") from error
        except anthropic.AnthropicError as error:
            raise Unmeasurable(f"the credentials cannot be used: {short(str(error))}") from error
        except httpx2.HTTPError as error:
            raise Unmeasurable(f"the API's reply broke off: {type(error).__name__}") from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unmeasurable("what the API says of the model cannot be read") from error

    def _told(self, seconds: float) -> bytes:
        """The body of the reply; the clock is watched while it trickles in."""
        if self._client is None:
            raise RuntimeError("connect first")
        ends = time.monotonic() + seconds
        received = bytearray()
        with self._client.models.with_streaming_response.retrieve(self.model, timeout=seconds) as response:
            for chunk in response.iter_bytes():
                received += chunk
                if time.monotonic() > ends or len(received) > _LARGEST:
                    raise Unmeasurable("the API's reply was too slow or too long")
        return bytes(received)


def _fault(error: object) -> str:
    from anthropic import APIStatusError

    assert isinstance(error, APIStatusError)
    message = error.api_message or error.message
    try:
        return judged_fault(error.status_code, error.error_code, message, error.response.headers).message
    except (CallFailed, Unmeasurable) as fault:
        return str(fault)
