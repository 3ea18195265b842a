"""What keeps a conversation going: repeating, repairs, and handing over to a person."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from itertools import takewhile
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import texts
from actions.answering import Answer, report, utter
from actions.asked import Asked

Events = list[dict[str, Any]]
REPORTING = re.compile(r"我?(?:要|想)?(?:来)?报个?修|修理登记|麻烦|请|谢谢|你好|您好|[，,。！!？? ]|(?:叫|派|喊)个?人来(?:修|看看?)")
HOUSE = re.compile(
    r"(?:[一-鿿]{1,6}?\d*(?:村|路|小区|花园|公寓|苑))?(?:\d+弄)?\d+号(?!线|地)楼?(?:[一二三四五六七八九十\d]{1,2}楼)?(?:\d+室)?"
)
NUMBERED = re.compile(r"\d+\. ")
HEADING = 12  # characters; a first line no longer than that is the heading of what follows
ONLY_REPORTING = 3  # characters; a report with no more than that beside it does not tell what is broken


class ActionRepeat(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_repeat"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        last_turn = _of_last_turn(tracker.events)
        if not last_turn:
            dispatcher.utter_message(text=texts.NOTHING_TO_REPEAT)
        for event in last_turn:
            data = event.get("data") or {}
            dispatcher.utter_message(text=event["text"], buttons=data.get("buttons") or [])
        return []


class ActionSimplify(Action):  # type: ignore[misc]
    """What was said last, in its first sentence, with a person offered."""

    def name(self) -> str:
        return "action_simplify"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        last_turn = _of_last_turn(tracker.events)
        buttons = [button["title"] for event in last_turn for button in (event.get("data") or {}).get("buttons") or []]
        lines = [line for event in last_turn for line in _in_short(event["text"])] or [texts.NOTHING_TO_REPEAT]
        utter(dispatcher, Answer(lines, [title for title in dict.fromkeys(buttons) if title != texts.HAND_OFF] + [texts.HAND_OFF]))
        return []


def _in_short(text: str) -> list[str]:
    """The first line of an answer (the first two, where the first is only its heading), a list whole, and where it is from."""
    lines = text.split("\n")
    source = [line for line in lines[1:] if line.startswith(texts.SOURCE[:3])]
    told = [line for line in lines if line not in source]
    count = 1 if len(told[0]) > HEADING else 2
    if told[:count][-1].endswith("："):
        count += sum(1 for _ in takewhile(NUMBERED.match, told[count:]))
    return [*told[:count], *source]


def _of_last_turn(events: Events) -> Events:
    """The bot's sayings after the user message before the present one."""
    users = [i for i, event in enumerate(events) if event.get("event") == "user"]
    if len(users) < 2:
        return []
    between = events[users[-2] : users[-1]]
    return [event for event in between if event.get("event") == "bot" and event.get("text")]


class _HandOff(Action, ABC):  # type: ignore[misc]
    text, reason = texts.HANDED_OFF, "asked"

    @abstractmethod
    def name(self) -> str: ...

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        utter(dispatcher, Answer([self.text], handoff=self.reason))
        return [ActiveLoop(None), SlotSet("requested_slot", None), SlotSet("misses", 0.0)]


class ActionHandOff(_HandOff):
    def name(self) -> str:
        return "action_hand_off"


class ActionHandOffUpset(_HandOff):
    text, reason = texts.HANDED_OFF_UPSET, "upset"

    def name(self) -> str:
        return "action_hand_off_upset"


class ActionEmergency(Action):  # type: ignore[misc]
    """Calls the duty staff; what to do was said before, by utter_emergency."""

    def name(self) -> str:
        return "action_emergency"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        report(dispatcher, handoff="emergency", urgent=True)
        return [ActiveLoop(None), SlotSet("requested_slot", None), SlotSet("misses", 0.0)]


class ValidateRepairForm(FormValidationAction):  # type: ignore[misc]
    """What the words that began the report tell already (what is broken, and where) is not asked for again."""

    def name(self) -> str:
        return "validate_repair_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        events: Events = await super().run(dispatcher, tracker, domain)
        asked = Asked.from_tracker(tracker)
        if asked.intent != "report_repair" or tracker.get_slot("repair_what"):
            return events
        known = [event for event in events if event.get("name") not in ("repair_what", "repair_where", "requested_slot")]
        place = _told_where(asked)
        where = [SlotSet("repair_where", place)] if place else []
        if len(REPORTING.sub("", asked.plain.replace(place or "", ""))) <= ONLY_REPORTING:
            return [*known, *where, SlotSet("requested_slot", "repair_what")]
        return [*known, *where, SlotSet("repair_what", asked.text), SlotSet("requested_slot", None if place else "repair_where")]


def _told_where(asked: Asked) -> str | None:
    """The house or place that a message names, in the resident's words; an estate alone is too large."""
    house = HOUSE.search(asked.text)
    return house.group() if house else next(iter(asked.spoken.get("place", [])), None)


class ActionAskRepairWhat(Action):  # type: ignore[misc]
    """Asked by the form (Rasa's action_ask_<slot>; its validator reports utter_ask_<slot> as unused)."""

    def name(self) -> str:
        return "action_ask_repair_what"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        dispatcher.utter_message(text=texts.ASK_REPAIR_WHAT)
        return []


class ActionAskRepairWhere(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_ask_repair_where"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        dispatcher.utter_message(text=texts.ASK_REPAIR_WHERE)
        return []


class ActionRepairReported(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_repair_reported"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        what, where = tracker.get_slot("repair_what") or "", tracker.get_slot("repair_where") or ""
        utter(dispatcher, Answer([texts.REPAIR.format(what=what, where=where)], handoff="repair"))
        return [SlotSet("repair_what", None), SlotSet("repair_where", None), SlotSet("misses", 0.0)]


class ActionCancelForm(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_cancel_form"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        return [ActiveLoop(None), SlotSet("requested_slot", None), SlotSet("repair_what", None), SlotSet("repair_where", None)]
