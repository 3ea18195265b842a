"""Asking the bot in this process, with a stopped clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot import retrieval
from bot.asking import Conversations
from community import database
from tests.conftest import SAMPLE, import_folder

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The sample community in a SQLite database of its own."""
    monkeypatch.setenv("JMK_DATA_DIR", str(tmp_path))
    database.migrate()
    import_folder(SAMPLE)
    yield
    database.engine().dispose()


@pytest.fixture
def ask(agent: Any, content: None) -> Ask:
    """ask(question, …, now=…) → the record of the last; several questions are one conversation."""

    def asked(*questions: str, now: str = "2026-11-24T09:30") -> dict[str, Any]:
        forget_names()
        retrieval.prepare()
        talk = Conversations(agent)

        async def run() -> dict[str, Any]:
            for number, question in enumerate(questions):
                record = await talk.ask(question, number > 0, datetime.fromisoformat(now))
            return record.as_dict()

        return asyncio.run(run())

    def forget_names() -> None:
        """The agent outlives a test's database: have it look again."""
        for node in agent.processor.graph_runner._instantiated_nodes.values():
            live = getattr(node._component, "_live", None)
            if live is not None:
                live._held, live._looked = (-1, None), -1e9

    return asked
