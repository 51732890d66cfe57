"""Writes what the README repeats: every config key, and all commands and options: `python tests/readme_parts.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
import yaml

from fieval.cli.app import app

PROJECT = Path(__file__).parents[1]
README = PROJECT / "README.md"
REFERENCE = PROJECT / "configs/reference.yaml"
ACTION = PROJECT / ".github/actions/fieval/action.yml"
BEGIN, END = "<!-- {}, by tests/readme_parts.py -->\n", "<!-- end of {} -->\n"


def written(text: str) -> str:
    """The README with its parts as they are now."""
    for name, part in parts().items():
        begin, end = BEGIN.format(name), END.format(name)
        before, _, rest = text.partition(begin)
        _, there, after = rest.partition(end)
        if not there:
            raise SystemExit(f"README.md: expected {begin}… {end}")
        text = f"{before}{begin}\n{part}\n{end}{after}"
    return text


def parts() -> dict[str, str]:
    """What stands between the marks of each name."""
    return {
        "config by example": f"<!-- every key -->\n```yaml\n{REFERENCE.read_text(encoding='utf-8')}```\n",
        "commands": "\n".join((table(("command", "what it does"), rows_of_commands()), *options_by_family())),
        "inputs of the Action": table(("input", "default", "what it is"), rows_of_inputs()),
    }


def commands() -> dict[str, Any]:
    """Every command by the words that are typed for it, in the order of the help."""
    return dict(_below(typer.main.get_command(app), ()))


def options() -> dict[tuple[str, str], list[str]]:
    """Every option as (how it is written, what it is), with the commands that have it."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, command in commands().items():
        for option in command.params:
            if option.param_type_name == "option" and option.name != "help":
                found.setdefault((_written(option), _told(option)), []).append(name)
    return found


def rows_of_commands() -> Iterator[tuple[str, ...]]:
    for name, command in commands().items():
        arguments = [_argument(each) for each in command.params if each.param_type_name == "argument"]
        yield f"`fieval {' '.join((name, *arguments))}`", command.help.partition("\n")[0]


def options_by_family() -> Iterator[str]:
    """Tables of options: those of several commands, then of each command its own."""
    shared = [(f"`{w}`", told, ", ".join(names)) for (w, told), names in options().items() if len(names) > 1]
    yield "\n" + table(("option of several commands", "what it is", "commands"), iter(shared))
    own = [(names[0], f"`{w}`", told) for (w, told), names in options().items() if len(names) == 1]
    yield "\n" + table(("command", "own option", "what it is"), iter(own))


def rows_of_inputs() -> Iterator[tuple[str, ...]]:
    for name, one in yaml.safe_load(ACTION.read_text(encoding="utf-8"))["inputs"].items():
        yield f"`{name}`", f"`{one['default']}`" if one["default"] else "", one["description"].strip()


def table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [header, ("---",) * len(header), *rows]
    return "".join(f"| {' | '.join(_in_cell(cell) for cell in line)} |\n" for line in lines)


def _in_cell(text: str) -> str:
    return text.replace("|", "&#124;").replace("<", "&lt;")


def _below(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, one in command.commands.items():
        if hasattr(one, "commands"):
            yield from _below(one, (*words, name))
        else:
            yield " ".join((*words, name)), one


def _argument(argument: Any) -> str:
    name = f"{argument.metavar}{'…' if argument.nargs == -1 else ''}"
    return name if argument.required else f"[{name}]"


def _written(option: Any) -> str:
    names = "/".join((", ".join(option.opts), *option.secondary_opts))
    return f"{names} {option.metavar}" if option.metavar else names


def _told(option: Any) -> str:
    """Its help, with its default where that says anything and is not in the help already."""
    known = option.required or isinstance(option.default, bool) or option.default in (None, "", [])
    told = option.help or ""
    return told if known or "[" in told else f"{told} [{getattr(option.default, 'value', option.default)}]"


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
