"""Runs the steps of a composite action as GitHub's runner does: expressions, environment, files, and its log.

Only what the action uses is understood; anything else is an error, so that no step is passed over in silence.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from end_to_end.command import PROJECT

ACTION = PROJECT / ".github/actions/fieval"
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
_TOKEN = re.compile(
    r"\s*(?:'(?P<text>[^']*)'|(?P<status>(?:always|success)\(\))|(?P<name>[A-Za-z][\w.-]*)|(?P<sign>&&|\|\||==|!=|\(|\)))"
)
_COMMANDS = "error|warning|notice|debug|group|endgroup|add-mask|set-output|save-state|set-env|add-path|stop-commands"


@dataclass
class Job:
    """A job in which the action runs once; what it left behind is here afterwards."""

    folder: Path
    inputs: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    workspace: Path = PROJECT
    steps: dict[str, dict[str, str]] = field(default_factory=dict)
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    exit_codes: list[int] = field(default_factory=list)
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    def run(self) -> int:
        """All steps in order. Returns the exit code of the last one that ran."""
        action = yaml.safe_load((ACTION / "action.yml").read_text())
        defaults = {name: str(given.get("default", "")) for name, given in action["inputs"].items()}
        assert set(self.inputs) <= set(defaults)
        self.inputs = {name: self._filled(value) for name, value in {**defaults, **self.inputs}.items()}
        for name in ("temp", "files"):
            (self.folder / name).mkdir(parents=True)
        for number, step in enumerate(action["runs"]["steps"]):
            if self._wanted(step.get("if", "success()")):
                self._step(step, f"{number}")
        self.outputs = {name: self._filled(given["value"]) for name, given in action["outputs"].items()}
        return self.exit_codes[-1]

    def obeyed(self) -> list[str]:
        """The lines of the log that the runner would take for commands; see ActionCommand.cs of actions/runner."""
        found, stopped = [], ""
        for line in "".join(self.log).splitlines():
            if stopped:
                stopped = "" if line.strip() == f"::{stopped}::" else stopped
            elif told := re.match(r"\s*::stop-commands::(\S+)", line):
                stopped = told[1]
            elif re.match(rf"\s*::({_COMMANDS})( .*?)?::", line) or re.search(rf"##\[({_COMMANDS})", line):
                found.append(line)
        return found

    def artifact(self) -> set[str] | None:
        """The names of the files that are uploaded; None where nothing is. Hidden ones are not, unless asked for."""
        uploads = [given for name, given in self.used if name.startswith("actions/upload-artifact@")]
        if not uploads:
            return None
        paths = [Path(line) for given in uploads for line in given["path"].splitlines()]
        files = [file for path in paths for file in (path.iterdir() if path.is_dir() else [path])]
        return {file.name for file in files if file.exists() and not file.name.startswith(".")}

    def _wanted(self, condition: str) -> bool:
        healthy = not any(self.exit_codes)
        return bool(self._value(condition)) and (healthy or "always()" in condition)

    def _step(self, step: Mapping[str, Any], name: str) -> None:
        if "uses" in step:
            self.used.append((step["uses"], {key: self._filled(str(value)) for key, value in step["with"].items()}))
            return
        assert step["shell"] == "bash"
        files = {kind: self.folder / "files" / f"{name}.{kind}" for kind in ("output", "summary", "script")}
        files["script"].write_text(self._filled(step["run"]))
        files["output"].touch()
        files["summary"].touch()
        environment = {
            **_plain_environment(),
            "GITHUB_ACTION_PATH": str(ACTION),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.folder / "temp"),
            **self.environment,
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_STEP_SUMMARY": str(files["summary"]),
            **{key: self._filled(str(value)) for key, value in step.get("env", {}).items()},
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(files["script"])],
            cwd=self.workspace,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=300,
            check=False,
        )
        self.log.append(done.stdout)
        self.exit_codes.append(done.returncode)
        self.summary += files["summary"].read_text()
        if "id" in step:
            self.steps[step["id"]] = parsed(files["output"].read_text())

    def _filled(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: str(self._value(found[1])), text)

    def _value(self, expression: str) -> str | bool:
        """The value of an expression of names, texts, ==, !=, && and ||; Python's own operators do the same."""
        words, at = [], 0
        text = expression.strip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            assert found, f"not understood: {text[at:]}"
            words.append(self._word(found))
            at = found.end()
        return eval(" ".join(words))  # type: ignore[no-any-return]

    def _word(self, found: re.Match[str]) -> str:
        if found["text"] is not None:
            return repr(found["text"])
        if found["status"] is not None:
            return "True"  # whether steps before failed is looked at elsewhere
        if found["name"] is not None:
            return repr(self._known(found["name"].split(".")))
        return {"&&": "and", "||": "or"}.get(found["sign"], found["sign"])

    def _known(self, path: list[str]) -> str | bool:
        match path:
            case ["inputs", name]:
                return self.inputs[name]
            case ["steps", name, "outputs", output]:
                return self.steps.get(name, {}).get(output, "")
            case ["github", "token"]:
                return self.environment.get("GITHUB_TOKEN", "")
            case _:
                raise AssertionError(f"not understood: {'.'.join(path)}")


def parsed(text: str) -> dict[str, str]:
    """Outputs of a step: `name=value`, or `name<<END`, lines and END."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        head = re.fullmatch(r"([\w-]+)(=|<<)(.*)", line)
        assert head, line
        value = head[3]
        if head[2] == "<<":
            value = "\n".join(iter(lambda: next(lines), head[3]))
        found[head[1]] = value
    return found


def _plain_environment() -> dict[str, str]:
    """Without what a CI of our own would add; the fieval of this Python comes first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "RUNNER_", "TERM"))}
    return {**kept, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}", "NO_COLOR": "1"}
