"""What all answering actions share: the context read, a database session, an answer given, its facts reported."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from actions import texts
from actions.asked import Asked
from community.database import reading

logger = logging.getLogger(__name__)
BUTTONS_AT_MOST = 6
MATTERS_OFFERED = 3
OTHERS_OFFERED = 2
SURE = 0.9  # below it an answer says that it may not be the one meant
OFFERED = ("faq", "guide", "activity")
OFFERED_FROM = 0.02  # a small chance: the nearest three hold what was meant in most cases
BESIDE_FROM = 0.06  # beside an answer, where far ones only confuse


@dataclass
class Answer:
    """Lines for the resident, buttons (the text that a tap sends), the facts used as (kind, id), and perhaps a
    hand-off with its reason."""

    lines: list[str] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    handoff: str | None = None
    urgent: bool = False
    missed: bool = False
    place: str | None = None  # the one place that the answer was about, for "那里电话多少"

    def say(self, text: str, /, **values: object) -> Answer:
        self.lines.append(text.format(**values))
        return self

    def add(self, other: Answer) -> Answer:
        self.lines += other.lines
        self.buttons += [button for button in other.buttons if button not in self.buttons]
        self.facts += other.facts
        self.place = other.place or self.place
        return self


class Answering(Action, ABC):  # type: ignore[misc]
    """Gives `answer` to the resident; remembers itself as the topic of follow-ups."""

    remembered = True

    @abstractmethod
    def answer(self, asked: Asked, session: Session) -> Answer:
        """The answer to `asked`, from rows read in `session`."""

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        asked = Asked.from_tracker(tracker)
        try:
            with reading() as session:
                answer = self.answer(asked, session)
        except SQLAlchemyError:
            logger.exception("%s could not read the database", self.name())
            answer = Answer([texts.OUT_OF_ORDER], handoff="failure")
        return [*self._events(asked, answer), *utter(dispatcher, answer)]

    def _events(self, asked: Asked, answer: Answer) -> list[dict[str, Any]]:
        events = [SlotSet("misses", float(asked.misses + 1) if answer.missed else 0.0)]
        if self.remembered:
            events.append(SlotSet("topic", self.name()))
        if answer.place:
            events.append(SlotSet("place", answer.place))
        return events


def utter(dispatcher: CollectingDispatcher, answer: Answer) -> list[dict[str, Any]]:
    """Say an answer; facts and hand-off go along as a custom payload for the channel."""
    buttons = [{"title": title, "payload": title} for title in answer.buttons[:BUTTONS_AT_MOST]]
    if answer.lines:
        dispatcher.utter_message(text="\n".join(answer.lines), buttons=buttons)
    report(dispatcher, answer.facts, answer.handoff, answer.urgent)
    return []


def report(
    dispatcher: CollectingDispatcher, facts: Iterable[tuple[str, str]] = (), handoff: str | None = None, urgent: bool = False
) -> None:
    """Tell the channel which rows an answer rests on, and whether a person is wanted."""
    payload: dict[str, Any] = {"facts": [{"kind": kind, "id": ident} for kind, ident in dict.fromkeys(facts)]}
    if handoff:
        payload |= {"handoff": handoff, "urgent": urgent}
    if payload["facts"] or handoff:
        dispatcher.utter_message(json_message=payload)


def footer(rows: Iterable[Any], on: date | None = None) -> str:
    """Where the facts of `rows` are from, and the date of the newest (or `on`)."""
    rows = list(rows)
    sources = "、".join(dict.fromkeys(row.source for row in rows if getattr(row, "source", None)))
    dates = [row.updated_on for row in rows if getattr(row, "updated_on", None)]
    newest = on or (max(dates) if dates else None)
    if newest is None:
        return texts.SOURCE.format(source=sources)
    return texts.SOURCE_DATED.format(source=sources, on=chinese_date(newest))


def chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def short_day(day: date) -> str:
    """11月24日 周二"""
    return f"{day.month}月{day.day}日 周{texts.WEEKDAYS[day.weekday()]}"


def not_found(what: str) -> Answer:
    return Answer([texts.NOT_FOUND.format(what=what)], [texts.HAND_OFF])


def offer_matters(asked: Asked) -> Answer | None:
    """ "您是想问…?" with the nearest questions, procedures and activities, or None when none is near."""
    near = _near(asked, OFFERED_FROM)[:MATTERS_OFFERED]
    return Answer([texts.DID_YOU_MEAN_ONE_OF], [*near, texts.HAND_OFF]) if near else None


def with_others(answer: Answer, asked: Asked) -> Answer:
    """An answer that may not be the one meant says so, and offers the next nearest and a person."""
    if asked.confidence < SURE and not answer.buttons and asked.intent != "follow_up":  # what a follow-up is about was said before
        answer.lines.append(texts.NOT_THIS)
        answer.buttons += [*_near(asked, BESIDE_FROM, set(answer.facts))[:OTHERS_OFFERED], texts.HAND_OFF]
    return answer


def _near(asked: Asked, at_least: float, used: Container[tuple[str, str]] = ()) -> list[str]:
    rows = (row for row in asked.matters if row["kind"] in OFFERED and (row["kind"], row["id"]) not in used)
    return [row["title"] for row in rows if row["score"] >= at_least]
