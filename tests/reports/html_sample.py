"""Runs whose pages are tried: the bundled one that fails, and one in which everything said is hostile."""

from __future__ import annotations

import base64
import functools
import json
import re
import zlib
from pathlib import Path
from typing import Any

from fieval.model import Run
from fieval.runner import Request, run_gate

BROKEN = "golden_datasets/contact_center/candidates/asr_8khz.jsonl"
NASTY = [
    "<script>window.hacked = 1</script>",
    '</script><img src=x onerror="window.hacked=2">',
    '"><svg onload=window.hacked=3>{{ 7*7 }}{% raw %}',
    "]]><!-- --><b onclick=alert(1)>&lt;&amp;",
    "\u202egnp.exe \u2066isolated\u2069 \u200f",
    "one\u2028two\u2029three\x00four\x1b[31m",
    "long " + "word " * 20_000,
]
CARD = 'name: nasty\nversion: "1"\nlabels: {intent: [a, "<i>b</i>"]}\n'
CONFIG = """\
version: 1
dataset: golden
candidate: candidate.jsonl
baseline: baseline.jsonl
steps:
  asr: {evaluator: asr_accuracy, gates: {wer: {max: 0.5}}}
  summary: {evaluator: summary_quality, after: [asr], gates: {fabrication_rate: {max: 0.5}}}
  intent: {evaluator: label_agreement, after: [asr], gates: {accuracy: {min: 0.2}}}
"""


@functools.cache
def broken() -> Run:
    """The bundled run that fails, its interactions within reach."""
    return run_gate(Request("configs/default.yaml", candidate=BROKEN, inside=True))


def nasty(folder: Path) -> Run:
    """Interactions and outputs that try to be markup, wherever a pipeline or a stranger can write."""
    (folder / "golden").mkdir(parents=True)
    (folder / "fieval.yaml").write_text(CONFIG)
    (folder / "golden/dataset.yaml").write_text(CARD)
    for path, gold in (("golden/interactions.jsonl", True), ("baseline.jsonl", False), ("candidate.jsonl", False)):
        lines = [json.dumps(_line(number, text, gold)) for number, text in enumerate(NASTY * 3)]
        (folder / path).write_text("\n".join(lines) + "\n")
    return run_gate(Request(folder / "fieval.yaml", inside=True))


def _line(number: int, text: str, gold: bool) -> dict[str, Any]:
    said = {
        "turns": [{"speaker": text[:30].replace("\x00", ""), "text": text}],
        "summary": f"{text[:200]} 47\uff11\uff11",
        "labels": {"intent": "<i>b</i>" if gold else text[:40]},
    }
    name = f"{number}<b onmouseover='x'>&\"'{text[:8]}".replace("\x00", "")
    return {"id": name, "channel": "voice", "gold": said} if gold else {"id": name, **said}


def unpacked(page: str) -> dict[str, Any]:
    """The data blocks of a page, by id."""
    found = re.findall(r'<script type="text/plain" id="([\w-]+)">([\w+/=]*)</script>', page)
    return {name: json.loads(zlib.decompress(base64.b64decode(data))) for name, data in found}


def cases(page: str) -> list[dict[str, Any]]:
    """The interactions in a page, with what was said in them where it has that."""
    blocks = unpacked(page)
    found = [one for name, block in blocks.items() if name.startswith("block-") for one in block]
    texts = [one for name, block in blocks.items() if name.startswith("texts-") for one in block]
    return [one | told for one, told in zip(found, texts, strict=True)] if texts else found
