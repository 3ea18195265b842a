"""The content files as data: which columns a file has and what a cell may hold (docs/content.md).

A cell parser takes the stripped, non-empty text of a cell and gives a value, or raises ValueError with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from community import models

MANY = "|"
LARGEST = 2**31 - 1  # what an INTEGER of PostgreSQL holds


def text(cell: str) -> str:
    return cell


def ident(cell: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", cell):
        raise ValueError(f"{cell!r} is not an id (ASCII letters, digits, - _ . and at most 64)")
    return cell


def many(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(MANY) if part.strip()]


def day(cell: str) -> date:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"{cell!r} is not a date like 2026-11-24") from None


def moment(cell: str) -> str:
    try:
        return datetime.fromisoformat(cell).strftime("%Y-%m-%dT%H:%M")
    except ValueError:
        raise ValueError(f"{cell!r} is not a time like 2026-11-24T09:30") from None


def clock_time(cell: str) -> str:
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::00)?", cell)
    hour, minute = (int(match[1]), int(match[2])) if match else (99, 0)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise ValueError(f"{cell!r} is not a time of day from 00:00 to 24:00")
    return f"{hour:02d}:{minute:02d}"


def weekdays(cell: str) -> str:
    if cell in ("holiday", "workday"):
        return cell
    for part in cell.split(","):
        match = re.fullmatch(r"\s*([1-7])(?:\s*-\s*([1-7]))?\s*", part)
        if not match or (match[2] and match[2] < match[1]):
            raise ValueError(f"{cell!r} is not weekdays like 1-5 or 6,7 or holiday or workday")
    return cell


def whole(cell: str) -> int:
    if not cell.isascii() or not cell.isdigit():
        raise ValueError(f"{cell!r} is not a whole number")
    if int(cell) > LARGEST:
        raise ValueError(f"{cell!r} is over {LARGEST}")
    return int(cell)


def percent(cell: str) -> int:
    value = whole(cell)
    if value > 100:
        raise ValueError(f"{cell!r} is over 100")
    return value


def yes_no(cell: str) -> bool:
    if cell.lower() not in ("yes", "no"):
        raise ValueError(f"{cell!r} is neither yes nor no")
    return cell.lower() == "yes"


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(cell: str) -> str:
        if cell not in choices:
            raise ValueError(f"{cell!r} is none of {', '.join(choices)}")
        return cell

    return parse


@dataclass(frozen=True)
class Cell:
    """A column: its name, its parser, whether it must be filled, and the file whose id it names (or "")."""

    name: str
    parse: Callable[[str], Any] = text
    required: bool = False
    names: str = ""


@dataclass(frozen=True)
class Format:
    """A file: its name without ending, the table, the columns in order, the key ("" when rows have none)."""

    file: str
    model: Any
    cells: tuple[Cell, ...]
    key: str = ""


def _need(name: str, parse: Callable[[str], Any] = text, names: str = "") -> Cell:
    return Cell(name, parse, True, names)


NAME, ALIASES, SOURCE, UPDATED = _need("name"), Cell("aliases", many), _need("source"), _need("updated_on", day)
PLACE = Cell("place_id", ident, False, "places")
PLACE_NEEDED = _need("place_id", ident, "places")
PROJECT_NEEDED = _need("project_id", ident, "projects")
SERVICE, NOTE = Cell("service"), Cell("note")
VALID = (Cell("valid_from", day), Cell("valid_to", day))

FORMATS: tuple[Format, ...] = (
    Format("places", models.Place, (_need("place_id", ident), NAME, ALIASES, Cell("kind"), Cell("parent_id", ident, False, "places"),
           Cell("address"), Cell("phone"), NOTE, SOURCE, UPDATED), "place_id"),
    Format("hours", models.Hours, (PLACE_NEEDED, SERVICE, _need("weekdays", weekdays), _need("opens", clock_time),
           _need("closes", clock_time), *VALID, NOTE)),
    Format("closures", models.Closure, (PLACE_NEEDED, SERVICE, _need("from_date", day), _need("to_date", day), Cell("reason"), SOURCE)),
    Format("medicines", models.Medicine, (_need("medicine_id", ident), NAME, Cell("brands", many), ALIASES, Cell("spec"),
           Cell("category"), _need("prescription", yes_no), NOTE, SOURCE), "medicine_id"),
    Format("stock", models.Stock, (PLACE_NEEDED, _need("medicine_id", ident, "medicines"), _need("status", one_of("in", "low", "out")),
           Cell("expected_on", day), UPDATED)),
    Format("projects", models.Project, (_need("project_id", ident), NAME, ALIASES, Cell("stage"), Cell("progress_percent", percent),
           Cell("households", whole), Cell("summary"), Cell("contact"), SOURCE, UPDATED), "project_id"),
    Format("stages", models.Stage, (PROJECT_NEEDED, _need("position", whole), NAME, Cell("planned_from", day), Cell("planned_to", day),
           Cell("actual_from", day), Cell("actual_to", day), NOTE)),
    Format("addresses", models.Address, (PROJECT_NEEDED, _need("estate"), Cell("lane"), Cell("buildings"), NOTE)),
    Format("guides", models.Guide, (_need("guide_id", ident), NAME, ALIASES, Cell("who"), Cell("materials", many), Cell("steps", many),
           Cell("fee"), Cell("days"), PLACE, SOURCE, UPDATED), "guide_id"),
    Format("activities", models.Activity, (_need("activity_id", ident), NAME, PLACE, _need("starts_at", moment), Cell("ends_at", moment),
           Cell("repeats", one_of("weekly", "monthly", "daily")), Cell("capacity", whole), Cell("audience"), NOTE), "activity_id"),
    Format("contacts", models.Contact, (_need("contact_id", ident), NAME, ALIASES, _need("phone"), Cell("hours_note"), SOURCE), "contact_id"),
    Format("faq", models.Faq, (_need("faq_id", ident), _need("question"), Cell("similar", many), _need("answer"), Cell("category"),
           *VALID, SOURCE, UPDATED), "faq_id"),
    Format("teams", models.Team, (_need("team_id", ident), NAME, Cell("categories", many), PLACE, Cell("hours_note")), "team_id"),
)  # fmt: skip

# Pairs of columns of one row of which the second must not come before the first.
ORDERED = (("opens", "closes"), ("valid_from", "valid_to"), ("from_date", "to_date"), ("planned_from", "planned_to"),
           ("actual_from", "actual_to"), ("starts_at", "ends_at"))  # fmt: skip


def written(value: Any) -> str:
    """A value as the text of a cell; the inverse of the parsers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return MANY.join(value)
    return value.isoformat() if isinstance(value, date) else str(value)
