"""What is installed is needed, and known to be sound as far as anybody has told."""

from __future__ import annotations

import re
import tomllib

import pytest

from end_to_end.command import PROJECT

CONTRIBUTING = (PROJECT / ".github/CONTRIBUTING.md").read_text(encoding="utf-8")
METADATA = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def named(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=\[;]", requirement)[0] for requirement in requirements}


def test_every_dependency_has_its_reason() -> None:
    listed = re.findall(r"^\| `([^`]+)` \| (.+) \|$", CONTRIBUTING.partition("## Security")[2], re.MULTILINE)
    reasons = dict(listed)
    assert set(reasons) == named(METADATA["dependencies"])
    assert all(len(reason.split()) >= 3 for reason in reasons.values())


def test_a_workflow_asks_whether_any_of_them_is_known_to_be_vulnerable() -> None:
    workflow = (PROJECT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert "pip-audit" in workflow


@pytest.mark.parametrize("file", ["pyproject.toml", ".ci/run"])
def test_nothing_is_installed_from_elsewhere(file: str) -> None:
    """Only the package index: no address, no repository, no second index."""
    elsewhere = re.compile(r"git\+|@ *https?:|--(extra-)?index-url|--trusted-host|curl|wget")
    assert not elsewhere.search((PROJECT / file).read_text(encoding="utf-8"))
