"""Everything a resident may come about that has words of its own: FAQs, procedures, activities, phone numbers, places,
services and kinds of medicine, each with its spellings and what its row says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from community import lookups
from community.models import Activity, Contact, Guide, Hours, Medicine, Place


@dataclass(frozen=True)
class Matter:
    """kind: faq, guide, activity, contact, service, place or category; spellings: what residents may call or ask it; body: what the row says."""

    kind: str
    id: str
    title: str
    spellings: tuple[str, ...]
    body: str


def matters(session: Session, today: date) -> list[Matter]:
    """All matters that hold today, in the order of the tables."""
    places = {place.place_id: place for place in lookups.everything(session, Place)}
    found = [Matter("faq", f.faq_id, f.question, (f.question, *f.similar), f.answer) for f in lookups.valid_faqs(session, today)]
    for guide in lookups.everything(session, Guide):
        body = "。".join(text for text in (guide.who, *guide.materials, *guide.steps, guide.fee, guide.days) if text)
        found.append(Matter("guide", guide.guide_id, guide.name, (guide.name, *guide.aliases), body))
    for activity in lookups.everything(session, Activity):
        place = places.get(activity.place_id)
        body = "。".join(text for text in (activity.audience, activity.note, place.name if place else None) if text)
        found.append(Matter("activity", activity.activity_id, activity.name, (activity.name,), body))
    for contact in lookups.everything(session, Contact):
        found.append(Matter("contact", contact.contact_id, contact.name, (contact.name, *contact.aliases), contact.hours_note or ""))
    for place in places.values():
        found.append(Matter("place", place.place_id, place.name, (place.name, *place.aliases), place.note or ""))
    services: dict[str, list[str]] = {}
    for row in lookups.everything(session, Hours):
        if row.service:
            services.setdefault(row.service, []).extend(text for text in (row.note,) if text)
    found += [Matter("service", name, name, (name,), "。".join(dict.fromkeys(notes))) for name, notes in services.items()]
    categories: dict[str, list[str]] = {}
    for medicine in lookups.everything(session, Medicine):
        if medicine.category:
            categories.setdefault(medicine.category, []).append(medicine.note or "")
    found += [Matter("category", name, name, (name,), "。".join(filter(None, dict.fromkeys(notes)))) for name, notes in categories.items()]
    return found
