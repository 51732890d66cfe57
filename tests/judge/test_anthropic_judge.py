"""Which model, which host, whose credentials."""

import json
from pathlib import Path

import pytest

from fieval.errors import InvalidInput, Unmeasurable
from fieval.judge.anthropic_judge import API_VERSION, AnthropicJudge, is_alias
from fieval.judge.settings import Settings


@pytest.mark.parametrize(
    "model",
    [
        "claude-haiku-4-5",
        "claude-opus-4-5",
        "claude-sonnet-4-5",
        "claude-opus-4-1",
        "claude-sonnet-4-0",
        "claude-opus-4",
        "claude-3-7-sonnet-latest",
        "claude-3-5-sonnet",
        "claude-sonnet-5-latest",
        "claude-2.1",
    ],
)
def test_aliases_are_refused(model: str) -> None:
    with pytest.raises(InvalidInput, match="is an alias"):
        AnthropicJudge(Settings(model=model))


@pytest.mark.parametrize(
    "model",
    [
        "claude-sonnet-5-5",
        "claude-sonnet-5",
        "claude-opus-4-6",
        "claude-haiku-4-5-20251001",
        "claude-sonnet-4-20250514",
        "claude-3-5-sonnet-20241022",
        "claude-fable-10-1",
        "our-gateway/claude",
    ],
)
def test_versions_are_not(model: str) -> None:
    assert not is_alias(model)


def test_the_version_of_the_api_is_the_one_of_the_sdk() -> None:
    """Where the SDK moves on, so must we: look at what changed, then raise it. All recorded verdicts end with it."""
    from anthropic import _constants

    assert API_VERSION == _constants.ANTHROPIC_API_VERSION


@pytest.mark.parametrize("variable", ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"])
def test_the_source_of_credentials_is_told(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "not-a-secret")
    judge = AnthropicJudge(Settings())
    assert judge.connect() == variable
    judge.close()


def test_profiles_on_disk_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_CONFIG_DIR", str(tmp_path))
    (tmp_path / "configs").mkdir()
    (tmp_path / "credentials").mkdir()
    profile = {"version": "1.0", "authentication": {"type": "user_oauth", "client_id": "c"}}
    (tmp_path / "configs" / "default.json").write_text(json.dumps(profile))
    judge = AnthropicJudge(Settings())
    assert judge.connect() == "a profile or identity federation"
    judge.close()


def test_no_credentials_are_told_before_any_call() -> None:
    with pytest.raises(Unmeasurable, match="no credentials: set ANTHROPIC_API_KEY, or replay"):
        AnthropicJudge(Settings()).connect()


def test_a_broken_profile_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_PROFILE", "absent")
    monkeypatch.setenv("ANTHROPIC_CONFIG_DIR", str(tmp_path))
    with pytest.raises(Unmeasurable, match="credentials cannot be used"):
        AnthropicJudge(Settings()).connect()


@pytest.mark.parametrize(
    "url", ["http://api.example", "ftp://api.example", "api.example", "https://me:secret@api.example", "https://"]
)
def test_keys_go_to_safe_hosts_only(url: str) -> None:
    with pytest.raises(InvalidInput, match="base_url") as caught:
        AnthropicJudge(Settings(base_url=url))
    assert "secret" not in str(caught.value)


def test_the_host_is_part_of_the_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    from fieval.judge.support import PROMPT

    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://gateway.example:8443/anthropic")
    assert AnthropicJudge(Settings()).identity(PROMPT).host == "gateway.example:8443"
    assert AnthropicJudge(Settings(base_url="https://api.other")).identity(PROMPT).host == "api.other"


def test_all_that_is_wrong_with_settings_is_told() -> None:
    with pytest.raises(InvalidInput) as caught:
        Settings(effort="tiny", max_tokens=100, threads=99, max_calls=-1, max_usd=float("nan"), seconds=0, mode="x")  # type: ignore[arg-type]
    assert len(caught.value.problems) == 7
