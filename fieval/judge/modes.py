"""In which way a judge is used, and everything that is opened for it.

live     every question is asked anew; answers replace remembered ones
record   what is remembered is used, the rest is asked and remembered
batch    the same, but half as dear and hours later: all but canaries goes through the provider's batches
replay   only what is remembered; nothing is sent and the SDK is not even imported
off      no judge at all
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from fieval.errors import InvalidInput
from fieval.files import shown
from fieval.judge import cassette
from fieval.judge.anthropic_batches import AnthropicBatches
from fieval.judge.anthropic_judge import AnthropicJudge
from fieval.judge.cache import Cache, open_cache
from fieval.judge.pace import Pace
from fieval.judge.session import Pacing, Session
from fieval.judge.settings import Mode, Settings

_NOT_CI = {"", "0", "false", "no"}
_KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE")
_FEDERATION = ("ANTHROPIC_FEDERATION_RULE_ID", "ANTHROPIC_ORGANIZATION_ID")
_IDENTITY = ("ANTHROPIC_IDENTITY_TOKEN", "ANTHROPIC_IDENTITY_TOKEN_FILE")


def open_judge(
    settings: Settings, environment: Mapping[str, str] = os.environ, pacing: Pacing = Pace
) -> Session | None:
    """The judge, ready to be asked; None when it is off. To be closed, best by `with`.

    Raises InvalidInput where the settings, the cassette or the cache cannot be used.
    """
    mode = settings.mode or default_mode(environment)
    if mode == "off":
        return None
    judge = AnthropicBatches(settings) if mode == "batch" else AnthropicJudge(settings)
    stores: list[Cache] = []
    try:
        store = None if mode == "replay" and not settings.cache.exists() else open_cache(settings.cache)
        stores += [store] if store is not None else []
        named = settings.cassette
        if named is not None and mode == "replay" and store is None and not named.exists():
            raise InvalidInput(
                f"cassette {shown(named)}: no such file, and nothing else is recorded: run where credentials are and "
                "write it with `fieval judge export`, or run with `--judge off`"
            )
        if named is not None and mode != "live" and (named.exists() or store is None):
            recorded = cassette.load(named)
            stores.insert(0 if mode == "replay" else len(stores), recorded)  # what is committed rules a replay
        return Session(judge, mode, settings, stores, None if mode == "replay" else store, pacing)
    except BaseException:
        for opened in stores:
            opened.close()
        raise


def default_mode(environment: Mapping[str, str] = os.environ) -> Mode:
    """Replay in CI and without credentials, so that nothing is sent or paid for by surprise; else record."""
    in_ci = environment.get("CI", "").lower() not in _NOT_CI
    return "replay" if in_ci or not has_credentials(environment) else "record"


def has_credentials(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the SDK would find credentials, by its own order, without importing it or reading any of them."""
    if any(environment.get(name) for name in _KEYS):
        return True
    if all(environment.get(name) for name in _FEDERATION) and any(environment.get(name) for name in _IDENTITY):
        return True
    folder = _profiles(environment)
    return (folder / "active_config").is_file() or (folder / "configs" / "default.json").is_file()


def _profiles(environment: Mapping[str, str]) -> Path:
    named = environment.get("ANTHROPIC_CONFIG_DIR")
    if named:
        return Path(named)
    if os.name == "nt":
        return Path(environment.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "Anthropic"
    return Path(environment.get("HOME") or Path.home()) / ".config" / "anthropic"
