"""What the resident asked for: names of this message first, then of what was said before.

A name is only carried over from before when this message names nothing that we do not know: "那阿莫仙有伐" after a
question about another medicine must not be answered with that other one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker

from community import clock, time_phrases
from community.time_phrases import When

# Words that point back to what was said before; without them a fresh wish starts afresh where that is safer.
POINTERS = ("那里", "那边", "那个", "这个", "这里", "这家", "它", "这药", "此药", "该药", "那", "还")
# "通河四村那个呢": the same thing elsewhere
_OVER_THERE = re.compile(r"^(?:那么?)?(?P<where>[一-鿿\d]{2,6}?)(?:那边|那里|这边)?(?:那个|一个|那家|的)+(?:呢|怎么样|有吗)?[？?。]?$")
SLOTS = ("place", "service", "medicine", "category", "project", "address", "guide", "activity", "contact", "time")


@dataclass(frozen=True)
class Asked:
    """One message in its context. `named` holds this message's entity values by kind, `before` the slots."""

    text: str
    plain: str  # the text in one spelling, dialect turned into standard words
    intent: str
    confidence: float
    named: dict[str, list[str]]
    spoken: dict[str, list[str]]
    before: dict[str, str]
    topic: str | None
    misses: int
    plain_before: str  # the message before this one, in one spelling
    matters: list[dict[str, Any]]
    now: datetime = field(default_factory=clock.now)

    @classmethod
    def from_tracker(cls, tracker: Tracker) -> Asked:
        latest = tracker.latest_message
        named: dict[str, list[str]] = {}
        spoken: dict[str, list[str]] = {}
        said = [event for event in tracker.events if event.get("event") == "user"]
        text = str(said[-1]["text"] or "") if said else ""  # the latest message has it in one spelling; entities count in what was written
        for entity in latest.get("entities") or []:
            named.setdefault(entity["entity"], []).append(str(entity["value"]))
            spoken.setdefault(entity["entity"], []).append(text[entity["start"] : entity["end"]])
        slots = {name: tracker.get_slot(name) for name in SLOTS}
        return cls(
            text=text,
            plain=latest.get("normalized") or text,
            intent=(latest.get("intent") or {}).get("name") or "",
            confidence=float((latest.get("intent") or {}).get("confidence") or 0.0),
            named=named,
            spoken=spoken,
            before={name: value for name, value in slots.items() if value},
            topic=tracker.get_slot("topic"),
            misses=int(tracker.get_slot("misses") or 0),
            plain_before=str((said[-2].get("parse_data") or {}).get("normalized") or "") if len(said) > 1 else "",
            matters=latest.get("matters") or [],
        )

    @property
    def unknown(self) -> str | None:
        """A name in this message that is in no table."""
        return next(iter(self.spoken.get("unknown", [])), None)

    @property
    def is_follow_up(self) -> bool:
        return self.intent == "follow_up" or any(word in self.plain for word in POINTERS)

    def values(self, kind: str, carry: bool = True) -> list[str]:
        """The entity values of a kind, this message's or else the last said; each may join ids by "|"."""
        if kind in self.named:
            return list(dict.fromkeys(self.named[kind]))
        if carry and not self.unknown and kind in self.before:
            return [self.before[kind]]
        return []

    def ids(self, kind: str, carry: bool = True) -> list[str]:
        """All ids of a kind, ambiguous names with all their candidates."""
        return list(dict.fromkeys(ident for value in self.values(kind, carry) for ident in value.split("|")))

    @property
    def estate(self) -> str | None:
        """The estate named in this message without a house in it ("泗塘一村的居委会", "泗塘那边有吗")."""
        values = [value.split("#") for value in self.named.get("address", [])]
        said = _OVER_THERE.match(self.plain)
        return next((estate for estate, _, building in values if not building), said["where"] if said and not self.named else None)

    def has_time(self) -> bool:
        return "time" in self.named or (self.intent == "follow_up" and "time" in self.before)

    def when(self) -> When:
        """The time asked about; without one, the very moment. A follow-up keeps the time said before."""
        phrases = self.named.get("time") or ([self.before["time"]] if self.intent == "follow_up" and "time" in self.before else [])
        return time_phrases.read(" ".join(phrases), self.now)
