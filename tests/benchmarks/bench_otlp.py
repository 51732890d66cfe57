"""Import of 100,000 spans beside json.load of the same files: python tests/benchmarks/bench_otlp.py.

As users have them: a call has 50 spans with language models' long contexts, and as many of other services beside it.
JSON Lines are read line by line; a single document lies in memory as it is stored. Memory is the most that a process
of its own ever held (VmHWM).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

CALLS, TURNS, OTHERS = 1_000, 12, 50
CONTEXT = 3_000  # characters of a language model's input
WORDS = ["hello", "refund", "order", "friday", "please", "number", "account", "seven", "thanks", "office"]
START = 1_790_000_000_000_000_000

RUN = """
import json, resource, sys, time
from pathlib import Path
begun = time.perf_counter()
{work}
print(time.perf_counter() - begun, Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""
OURS = "from fieval.importers import convert; convert('otlp', [Path(sys.argv[1])], Path(sys.argv[2]))"
PEER = {
    "lines.jsonl": "for line in open(sys.argv[1]): json.loads(line)",
    "document.json": "json.load(open(sys.argv[1]))",
}
IDLE = "from fieval.importers import importers; importers()"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        spans = write(place)
        _, idle = measured(IDLE, place / "lines.jsonl", place)
        print(f"{spans:,} spans of {CALLS:,} calls and other services; {idle:,.0f} MB before anything is read")
        for name, peer in PEER.items():
            size = (place / name).stat().st_size / 2**20
            ours, held = measured(OURS, place / name, place)
            theirs, peers = measured(peer, place / name, place)
            print(
                f"  {name:14} {size:5,.0f} MB  fieval {ours:5.2f} s, {held:5,.0f} MB;  json {theirs:5.2f} s, "
                f"{peers:5,.0f} MB;  fieval takes {ours / theirs:.2f} times as long"
            )


def measured(work: str, source: Path, folder: Path) -> tuple[float, float]:
    """Seconds, and megabytes at the most."""
    command = [sys.executable, "-c", RUN.format(work=work), str(source), str(folder / "out.jsonl")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, kilobytes = done.stdout.split()
    return float(seconds), int(kilobytes) / 1024


def write(folder: Path) -> int:
    """The same spans as lines and as one document; how many there are."""
    documents = [document(number) for number in range(CALLS)]
    with (folder / "lines.jsonl").open("w") as file:
        file.writelines(json.dumps(each) + "\n" for each in documents)
    whole = {"resourceSpans": [part for each in documents for part in each["resourceSpans"]]}
    (folder / "document.json").write_text(json.dumps(whole, indent=1))
    return sum(len(scope["spans"]) for part in whole["resourceSpans"] for scope in part["scopeSpans"])


def document(number: int) -> dict[str, Any]:
    rng = Random(number)
    trace = f"{rng.getrandbits(127) + 1:032x}"
    own, other = list(call(rng, trace, number)), [span(f"{rng.getrandbits(127) + 1:032x}", n, 0, "GET /", n, {
        "http.request.method": "GET", "url.full": "https://example.org/" + "x" * 80, "http.response.status_code": 200,
    }) for n in range(1, OTHERS + 1)]  # fmt: skip
    scopes = [{"scope": {"name": name}, "spans": spans} for name, spans in (("livekit-agents", own), ("web", other))]
    return {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": scopes}]}


def call(rng: Random, trace: str, number: int) -> Iterator[dict[str, Any]]:
    yield span(trace, 1, 0, "agent_session", 0, {"lk.job_id": f"AJ_{number}"})
    yield span(trace, 2, 1, "drain_agent_activity", 0, {})
    for turn in range(TURNS):
        first, text = 10 + 4 * turn, " ".join(rng.choices(WORDS, k=20))
        context = {"lk.pii.chat_ctx": "w" * CONTEXT, "lk.pii.response.text": text, "gen_ai.request.model": "m"}
        yield span(
            trace, first, 1, "user_turn", turn, {"lk.pii.user_transcript": text, "lk.transcript_confidence": 0.9}
        )
        yield span(trace, first + 1, 1, "agent_turn", turn, {"lk.pii.response.text": text, "lk.interrupted": False})
        yield span(trace, first + 2, first + 1, "llm_node", turn, context)
        yield span(trace, first + 3, first + 1, "tts_request", turn, {"lk.pii.input_text": text})


def span(trace: str, number: int, parent: int, name: str, second: int, attributes: dict[str, Any]) -> dict[str, Any]:
    kinds = {str: "stringValue", bool: "boolValue", float: "doubleValue", int: "intValue"}
    return {
        "traceId": trace,
        "spanId": f"{number:016x}",
        "parentSpanId": f"{parent:016x}" if parent else "",
        "name": name,
        "kind": 1,
        "startTimeUnixNano": str(START + second * 10**9),
        "endTimeUnixNano": str(START + (second + 1) * 10**9),
        "attributes": [{"key": key, "value": {kinds[type(value)]: value}} for key, value in attributes.items()],
        "status": {},
    }


if __name__ == "__main__":
    main()
