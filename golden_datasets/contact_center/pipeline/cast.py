"""Who works where: the agents and sites of the invented company."""

from __future__ import annotations

from random import Random

AGENTS = 15
SITES = ("harbour", "hillside", "remote")


def agent_of(identifier: str) -> str:
    """The agent who took an interaction, by its id alone."""
    return f"agent-{1 + Random(f'agent/{identifier}').randrange(AGENTS)}"


def site_of(agent: str) -> str:
    """Where an agent works: every third agent at the same site."""
    return SITES[int(agent.removeprefix("agent-")) % len(SITES)]
