"""Writes the golden interactions and the outputs of all systems: `python -m pipeline.make --work FOLDER`.

Audio is made, heard and thrown away; what was recognised in it is kept in the work folder, so that only changed calls
are recognised again.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from pipeline import diarize, scripts, summarise
from pipeline.classify import Classifier
from pipeline.listen import Heard, Listener
from pipeline.roles import turns as turns_of
from pipeline.rows import Json, write
from pipeline.systems import SYSTEMS, System, Training

HERE = Path(__file__).parent.parent
BRIDGED = 5  # windows that the diarizer smooths over
LABELS = ("intent", "sentiment", "resolution", "coherence")


def main() -> None:
    """Write everything beside this folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="where recognised words are kept between runs")
    work = parser.parse_args().work
    missing = [tool for tool in ("flite", "sox") if shutil.which(tool) is None]
    if missing:
        raise SystemExit(f"not installed: {', '.join(missing)}; see README.md beside this file")
    work.mkdir(parents=True, exist_ok=True)
    golden = scripts.golden()
    check_apart(golden)
    listener, classifiers = Listener(work), _classifiers()
    _save("interactions.jsonl", [interaction(row, _listened(row, listener, SYSTEMS["main"])) for row in golden])
    for system in SYSTEMS.values():
        rows = [output(system, row, _listened(row, listener, system)) for row in golden]
        rows = summarise.step(rows, next_step=system.next_step)
        _save(system.file, _written(golden, classifiers[system.training].step(rows)))


def check_apart(golden: Sequence[Json]) -> None:
    """Raises ValueError where a line of the golden scripts is in a training script, too."""
    both = scripts.spoken_lines(golden) & scripts.spoken_lines(scripts.training(2000))
    if both:
        raise ValueError(f"lines in golden and training scripts: {sorted(both)}")


def interaction(row: Json, heard: Heard | None) -> Json:
    """One line of interactions.jsonl; a call with the times it was spoken at."""
    found: Json = {key: row[key] for key in ("id", "channel", "language", "group")}
    turns = _typed(row)
    if heard is not None:
        found["duration"] = heard.duration
        turns = [turn | {"start": a, "end": b} for turn, (a, b) in zip(turns, heard.times, strict=True)]
    found["cohorts"] = {key: row[key] for key in ("product_line", "site", "split")}
    gold: Json = {"turns": turns, "summary": row["summary"], "facts": row["facts"]}
    gold["labels"] = {name: row[name] for name in LABELS}
    if "csat" in row:
        gold["scores"] = {"csat": row["csat"]}
    return found | {"gold": gold, "meta": {"agent": row["agent"]}}


def output(system: System, row: Json, heard: Heard | None) -> Json:
    """What the text steps get: the recognised turns of a call, elsewhere the turns as they were typed."""
    if heard is None:
        return {"id": row["id"], "turns": _typed(row)}
    found = diarize.segments(heard.speech, heard.voices, BRIDGED)
    segments = [{"speaker": f"spk_{voice}", "start": round(a, 2), "end": round(b, 2)} for voice, a, b in found]
    return {"id": row["id"], "turns": turns_of(heard.words, found), "segments": segments}


def _listened(row: Json, listener: Listener, system: System) -> Heard | None:
    if row["channel"] != "voice":
        return None
    return listener.listen(row, "narrowband" if row["site"] == system.narrowband else "wideband", system.line)


def _typed(row: Json) -> list[Json]:
    return [{"speaker": who, "text": text} for turn in row["turns"] for who, text in turn.items()]


def _written(golden: Sequence[Json], rows: Sequence[Json]) -> list[Json]:
    """Outputs without the turns that were only copied from what was typed."""
    return [
        row if script["channel"] == "voice" else {key: row[key] for key in row if key != "turns"}
        for script, row in zip(golden, rows, strict=True)
    ]


def _classifiers() -> dict[Training, Classifier]:
    return {system.training: Classifier(system.training) for system in SYSTEMS.values()}


def _save(name: str, rows: Sequence[Json]) -> None:
    target = HERE / name
    target.parent.mkdir(exist_ok=True)
    with target.open("w", encoding="utf-8", newline="\n") as file:
        write(rows, file)


if __name__ == "__main__":
    main()
