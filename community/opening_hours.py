"""What is open when: rows and a clock in, an answer out. Pure but for the two queries at the end.

The rules are those of docs/content.md ("Hours"): services, national days off, made-up days, closures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.holidays import DayKind, day_kind
from community.models import Closure, Hours

HORIZON_DAYS = 62  # how far to look for the next opening


@dataclass(frozen=True)
class DayPlan:
    """A day's opening spans as (opens, closes) minutes, in order. closed_for: the reason of a closure, or None.
    uncertain: the day's calendar is not yet published."""

    day: date
    spans: tuple[tuple[int, int], ...]
    kind: DayKind
    closed_for: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def uncertain(self) -> bool:
        return not self.kind.published


@dataclass(frozen=True)
class Status:
    """Whether it is open at a moment; until: the minute it closes (or opens again after a break today)."""

    open: bool
    plan: DayPlan
    until: int | None = None
    next_day: DayPlan | None = None


def minutes(text: str) -> int:
    """ "08:30" → 510; "24:00" → 1440."""
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def clock(minute: int) -> str:
    """510 → "08:30"."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def weekday_set(cell: str) -> frozenset[int]:
    """ "1-3,6" → {1, 2, 3, 6}; empty for holiday and workday."""
    found: set[int] = set()
    if cell not in ("holiday", "workday"):
        for part in cell.split(","):
            low, _, high = part.strip().partition("-")
            found |= set(range(int(low), int(high or low) + 1))
    return frozenset(found)


def in_force(row: Hours, day: date) -> bool:
    """Whether a row's own dates include `day`."""
    return (row.valid_from is None or row.valid_from <= day) and (row.valid_to is None or day <= row.valid_to)


def _rows_of_day(rows: Sequence[Hours], day: date, kind: DayKind) -> list[Hours]:
    rows = [row for row in rows if in_force(row, day)]
    if kind.kind == "off":
        return [row for row in rows if row.weekdays == "holiday" or len(weekday_set(row.weekdays)) == 7]
    if kind.kind == "made_up":
        return [row for row in rows if row.weekdays == "workday"] or [row for row in rows if 1 in weekday_set(row.weekdays)]
    weekday = day.isoweekday()
    return [row for row in rows if weekday in weekday_set(row.weekdays) or (row.weekdays == "workday" and weekday <= 5)]


def day_plan(rows: Sequence[Hours], closures: Sequence[Closure], service: str | None, day: date) -> DayPlan:
    """The plan of a place (service None) or of one of its services. `rows`, `closures`: all rows of the place."""
    own = [row for row in rows if row.service == service] if service else []
    decisive = own or [row for row in rows if not row.service]
    kind = day_kind(day)
    for closure in closures:
        if closure.from_date <= day <= closure.to_date and (not closure.service or closure.service == service):
            return DayPlan(day, (), kind, closure.reason or "")
    today = _rows_of_day(decisive, day, kind)
    return DayPlan(
        day,
        _joined((minutes(row.opens), minutes(row.closes)) for row in today),
        kind,
        notes=tuple(dict.fromkeys(row.note for row in today if row.note)),
    )


def _joined(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans in order, those that meet or overlap as one."""
    joined: list[tuple[int, int]] = []
    for opens, closes in sorted(spans):
        if joined and opens <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(closes, joined[-1][1]))
        else:
            joined.append((opens, closes))
    return tuple(joined)


def status_at(rows: Sequence[Hours], closures: Sequence[Closure], service: str | None, at: datetime) -> Status:
    """Open or not at `at`, until when, and the next opening."""
    plan = day_plan(rows, closures, service, at.date())
    minute = at.hour * 60 + at.minute
    for opens, closes in plan.spans:
        if opens <= minute < closes:
            return Status(True, plan, closes, next_opening(rows, closures, service, at.date(), closes))
        if minute < opens:
            return Status(False, plan, opens, plan)
    return Status(False, plan, None, next_opening(rows, closures, service, at.date(), 1440))


def next_opening(rows: Sequence[Hours], closures: Sequence[Closure], service: str | None, day: date, after: int) -> DayPlan | None:
    """The plan of the next day (or of `day` itself, with the spans left) that has an opening at or after `after`."""
    for offset in range(HORIZON_DAYS):
        plan = day_plan(rows, closures, service, day + timedelta(days=offset))
        spans = tuple(span for span in plan.spans if offset or span[0] >= after)
        if spans:
            return DayPlan(plan.day, spans, plan.kind, plan.closed_for, plan.notes)
    return None


def hours_of(session: Session, place_id: str) -> list[Hours]:
    return list(session.execute(select(Hours).where(Hours.place_id == place_id).order_by(Hours.pos)).scalars())


def closures_of(session: Session, place_id: str) -> list[Closure]:
    return list(session.execute(select(Closure).where(Closure.place_id == place_id)).scalars())


def places_with_service(session: Session, service: str) -> list[str]:
    """Ids of the places that have rows for a service, in the order of the file."""
    query = select(Hours.place_id).where(Hours.service == service).order_by(Hours.pos)
    return list(dict.fromkeys(session.execute(query).scalars()))
