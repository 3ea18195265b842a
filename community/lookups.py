"""Reading content by id, and the questions that join tables: stock of a medicine, stages of a project, who lives where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.catalog import SALTS, generic_name
from community.models import Activity, Address, Faq, Medicine, Place, Project, Stage, Stock


def by_ids(session: Session, model: Any, ids: Sequence[str]) -> list[Any]:
    """Rows of a content table in the order of `ids`; unknown ids are left out."""
    key = next(iter(model.__table__.primary_key.columns))
    found = {getattr(row, key.name): row for row in session.execute(select(model).where(key.in_(ids))).scalars()}
    return [found[ident] for ident in ids if ident in found]


def everything(session: Session, model: Any) -> list[Any]:
    return list(session.execute(select(model).order_by(model.pos)).scalars())


def places_at(session: Session, estate: str) -> list[Place]:
    """The places that have an estate in their name or address."""
    return [place for place in everything(session, Place) if estate in f"{place.name}{place.address}"]


def counterpart(session: Session, place: Place, estate: str) -> Place:
    """The place of the same kind at an estate ("泗塘一村的居委会"), if there is just one; else `place` itself."""
    there = [other for other in places_at(session, estate) if other.kind == place.kind]
    return place if place in there or len(there) != 1 else there[0]


@dataclass(frozen=True)
class StockLine:
    place: Place
    medicine: Medicine
    status: str
    expected_on: date | None
    updated_on: date


def stock(session: Session, medicine_ids: Sequence[str], place_ids: Sequence[str] = ()) -> list[StockLine]:
    """Stock rows of medicines, at the given places or anywhere; in stock first."""
    query = (
        select(Stock, Place, Medicine)
        .join(Place, Place.place_id == Stock.place_id)
        .join(Medicine, Medicine.medicine_id == Stock.medicine_id)
        .where(Stock.medicine_id.in_(list(medicine_ids)))
    )
    if place_ids:
        query = query.where(Stock.place_id.in_(list(place_ids)))
    lines = [StockLine(p, m, s.status, s.expected_on, s.updated_on) for s, p, m in session.execute(query.order_by(Stock.pos))]
    return sorted(lines, key=lambda line: ("in", "low", "out").index(line.status))


def generic_root(name: str) -> str:
    """A medicine's generic name without form and salt ("盐酸二甲双胍片" → "二甲双胍")."""
    root = generic_name(name)
    for salt in SALTS:
        if root.startswith(salt) and len(root) > len(salt) + 1:
            return root[len(salt) :]
    return root


def same_generic(session: Session, medicine: Medicine) -> list[Medicine]:
    """Other rows with the same generic name (another form or maker); chemical and patent names alike."""
    root = generic_root(medicine.name)
    return [m for m in everything(session, Medicine) if m.medicine_id != medicine.medicine_id and generic_root(m.name) == root]


def called_alike(session: Session, medicine: Medicine) -> list[Medicine]:
    """Other rows with the same generic name, or with a brand or alias of it."""
    root, called = generic_root(medicine.name), {*medicine.brands, *medicine.aliases}
    others = (other for other in everything(session, Medicine) if other.medicine_id != medicine.medicine_id)
    return [other for other in others if generic_root(other.name) == root or called & {*other.brands, *other.aliases}]


def in_category(session: Session, category: str) -> list[Medicine]:
    return list(session.execute(select(Medicine).where(Medicine.category == category).order_by(Medicine.pos)).scalars())


@dataclass(frozen=True)
class Progress:
    """A project with its stages in order; `current` and `next` index them (None: not begun, or the last)."""

    project: Project
    stages: list[Stage]
    current: int | None
    next: int | None


def progress(session: Session, project_ids: Sequence[str]) -> list[Progress]:
    """How far projects are; the current stage is the one that the project's row names."""
    found = []
    for project in by_ids(session, Project, project_ids):
        query = select(Stage).where(Stage.project_id == project.project_id).order_by(Stage.position)
        stages = list(session.execute(query).scalars())
        current = next((i for i, stage in enumerate(stages) if stage.name == project.stage), None)
        following = 0 if current is None else current + 1
        found.append(Progress(project, stages, current, following if following < len(stages) else None))
    return found


def buildings_include(cell: str | None, number: int) -> bool:
    """Whether `1-12` or `3,5` holds a building; an empty cell means the whole estate."""
    if not cell:
        return True
    for part in re.split(r"[,，、|]", cell):
        match = re.fullmatch(r"\s*(\d+)(?:\s*-\s*(\d+))?\s*[号]?\s*", part)
        if match and int(match[1]) <= number <= int(match[2] or match[1]):
            return True
    return False


def projects_at(session: Session, estate: str, building: int | None, lane: str | None = None) -> list[str]:
    """Ids of the projects that an address belongs to; () when the estate has rows but none with that building."""
    rows = session.execute(select(Address).where(Address.estate == estate).order_by(Address.pos)).scalars().all()
    if lane:
        rows = [row for row in rows if row.lane == lane] or rows
    if building is not None:
        rows = [row for row in rows if buildings_include(row.buildings, building)]
    return list(dict.fromkeys(row.project_id for row in rows))


@dataclass(frozen=True)
class Occurrence:
    activity: Activity
    starts: datetime
    ends: datetime | None
    place: Place | None


def occurrences(session: Session, first: date, last: date, ids: Sequence[str] = ()) -> list[Occurrence]:
    """When activities (all, or those with `ids`) take place from `first` to `last`, in order of time."""
    places = {place.place_id: place for place in everything(session, Place)}
    found = []
    for activity in everything(session, Activity):
        if ids and activity.activity_id not in ids:
            continue
        start = datetime.fromisoformat(activity.starts_at)
        length = datetime.fromisoformat(activity.ends_at) - start if activity.ends_at else None
        for moment in _repeats(start, activity.repeats, last):
            if first <= moment.date() <= last:
                ends = moment + length if length is not None else None
                found.append(Occurrence(activity, moment, ends, places.get(activity.place_id)))
    return sorted(found, key=lambda o: o.starts)


def _repeats(start: datetime, repeats: str | None, last: date) -> list[datetime]:
    """The starts up to `last`. A month without that day is left out, as calendars do (RFC 5545, 3.3.10)."""
    days = {"daily": 1, "weekly": 7}.get(repeats or "")
    if days:
        count = max((last - start.date()).days // days + 1, 0)
        return [start + timedelta(days=days * n) for n in range(count)]
    if repeats != "monthly":
        return [start]
    found = []
    for n in range(max((last.year - start.year) * 12 + last.month - start.month + 1, 0)):
        year, month = divmod(start.year * 12 + start.month - 1 + n, 12)
        with suppress(ValueError):
            found.append(start.replace(year=year, month=month + 1))
    return found


def valid_faqs(session: Session, today: date) -> list[Faq]:
    """FAQs that hold today."""
    return [
        faq
        for faq in everything(session, Faq)
        if (faq.valid_from is None or faq.valid_from <= today) and (faq.valid_to is None or today <= faq.valid_to)
    ]
