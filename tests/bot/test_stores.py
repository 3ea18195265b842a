"""Trackers in the community's database: nothing lost, nothing twice, and of the latest session only."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa.shared.core.events import BotUttered, SessionStarted, SlotSet, UserUttered

from bot.stores import CommunityTrackerStore


def _said(tracker: Any) -> list[str | None]:
    return [event.text for event in tracker.events if isinstance(event, (UserUttered, BotUttered))]


def test_what_is_saved_step_by_step_is_read_by_another_process(empty_database: str, agent: Any) -> None:
    async def talk() -> list[Any]:
        store = CommunityTrackerStore(agent.domain)
        tracker = await store.get_or_create_tracker("resident")
        tracker.update(UserUttered("有没有拜新同"))
        await store.save(tracker)
        tracker.update(BotUttered("拜新同有货"))
        tracker.update(SlotSet("topic", "action_medicine_stock"))
        await store.save(tracker)
        await store.save(tracker)
        again = await CommunityTrackerStore(agent.domain).retrieve("resident")
        again.update(UserUttered("那达美康呢"))
        await store.save(again)
        return [await CommunityTrackerStore(agent.domain).retrieve("resident"), list(await store.keys())]

    tracker, keys = asyncio.run(talk())
    assert _said(tracker) == ["有没有拜新同", "拜新同有货", "那达美康呢"]
    assert tracker.get_slot("topic") == "action_medicine_stock"
    assert keys == ["resident"]


def test_only_the_latest_session_is_read_and_no_one_elses(empty_database: str, agent: Any) -> None:
    async def talk() -> list[Any]:
        store = CommunityTrackerStore(agent.domain)
        tracker = await store.get_or_create_tracker("resident")
        tracker.update(UserUttered("昨天的话", timestamp=100.0))
        tracker.update(SessionStarted(timestamp=200.0))
        tracker.update(UserUttered("今天的话", timestamp=201.0))
        await store.save(tracker)
        other = await store.get_or_create_tracker("neighbour")
        other.update(UserUttered("邻居的话"))
        await store.save(other)
        return [await store.retrieve("resident"), await store.retrieve_full_tracker("resident"), await store.retrieve("nobody")]

    latest, full, nobody = asyncio.run(talk())
    assert _said(latest) == ["今天的话"]
    assert _said(full) == ["昨天的话", "今天的话"]
    assert nobody is None
