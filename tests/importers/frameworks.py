"""A trace as frameworks make it themselves: python tests/importers/frameworks.py sdk|livekit|pipecat FILE.

Exported through OpenTelemetry's own OTLP encoding. A process of its own, since a provider of traces is global.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


def main() -> None:
    name, target = sys.argv[1:]
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    trace.set_tracer_provider(provider)
    {"sdk": by_sdk, "livekit": by_livekit, "pipecat": by_pipecat}[name](provider)
    Path(target).write_text(json.dumps(otlp_json(kept.get_finished_spans())), encoding="utf-8")


def otlp_json(spans: Sequence[Any]) -> dict[str, Any]:
    """OTLP/JSON is protobuf's JSON, but for ids, which are hexadecimal."""
    found: dict[str, Any] = MessageToDict(encode_spans(spans), use_integers_for_enums=True)
    for resource in found["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for key in ("traceId", "spanId", "parentSpanId"):
                    if key in span:
                        span[key] = base64.b64decode(span[key]).hex()
    return found


def by_sdk(provider: Any) -> None:
    """A transcript in attributes of every kind."""
    with provider.get_tracer("mine").start_as_current_span("call") as span:
        span.set_attributes({"fi.span.kind": "CONVERSATION", "session.id": "by-sdk", "my.confidence": 0.5, "my": True})
        for place, (role, text) in enumerate((("user", "hello there"), ("assistant", "good day"))):
            span.set_attribute(f"conversation.transcript.{place}.message.role", role)
            span.set_attribute(f"conversation.transcript.{place}.message.content", text)
            span.set_attribute(f"conversation.transcript.{place}.start_time", place)
            span.set_attribute(f"conversation.transcript.{place}.duration", 0.5)


def by_livekit(provider: Any) -> None:
    """A session of livekit-agents without a microphone: only the customer's turn is opened by hand."""
    from livekit.agents import Agent, AgentSession, llm
    from livekit.agents.telemetry import set_tracer_provider, trace_types, tracer

    class Answer(llm.LLMStream):  # type: ignore[misc]  # Any where its package is missing
        async def _run(self) -> None:
            for word in ("good ", "day"):
                self._event_ch.send_nowait(llm.ChatChunk(id="1", delta=llm.ChoiceDelta(content=word)))

    class Model(llm.LLM):  # type: ignore[misc]  # Any where its package is missing
        def chat(self, *, chat_ctx: Any, tools: Any = None, conn_options: Any = None, **_: Any) -> Answer:
            return Answer(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)

    async def call() -> None:
        session = AgentSession(llm=Model())
        await session.start(Agent(instructions="be short"))
        with tracer.start_as_current_span("user_turn") as span:
            span.set_attribute(trace_types.ATTR_USER_TRANSCRIPT, "hello there")
        await session.run(user_input="hello there")
        await session.aclose()

    set_tracer_provider(provider)
    with tracer.start_as_current_span("job_entrypoint") as job:
        job.set_attribute(trace_types.ATTR_JOB_ID, "by-livekit")
        asyncio.run(call())


def by_pipecat(provider: Any) -> None:
    """A turn of pipecat's own observer, with services' attributes by its own functions."""
    from pipecat.observers.turn_tracking_observer import TurnTrackingObserver
    from pipecat.observers.user_bot_latency_observer import UserBotLatencyObserver
    from pipecat.utils.tracing.service_attributes import (
        add_llm_span_attributes,
        add_stt_span_attributes,
        add_tts_span_attributes,
    )
    from pipecat.utils.tracing.tracing_context import TracingContext
    from pipecat.utils.tracing.turn_trace_observer import TurnTraceObserver

    async def call() -> None:
        context = TracingContext()
        turns, latency = TurnTrackingObserver(), UserBotLatencyObserver()
        observer = TurnTraceObserver(turns, latency, conversation_id="by-pipecat", tracing_context=context)
        await observer._handle_turn_started(1)
        services = provider.get_tracer("pipecat")
        with services.start_as_current_span("stt", context=context.get_turn_context()) as span:
            add_stt_span_attributes(span, "MySTTService", "m", transcript="hello there", is_final=True, language="en")
        with services.start_as_current_span("llm", context=context.get_turn_context()) as span:
            add_llm_span_attributes(span, "MyLLMService", "m", messages="[]", output="good day and more")
        with services.start_as_current_span("tts", context=context.get_turn_context()) as span:
            add_tts_span_attributes(span, "MyTTSService", "m", "voice", text="good day")
        await observer._handle_turn_ended(1, 1.0, False)
        observer.end_conversation_tracing()

    asyncio.run(call())


if __name__ == "__main__":
    main()
