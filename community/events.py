"""Numbered events: what pages are told, in an order that they can resume from."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community import clock
from community.database import one_writer_at_a_time
from community.models import Event

LOCK = 0x6A6D6B  # "jmk": one writer of events at a time, so that ids rise in the order of commit


def append(session: Session, conversation_id: int, kind: str, message_id: int | None = None) -> None:
    """Add an event in the transaction of the change it tells of. kind: message | owner."""
    one_writer_at_a_time(session, LOCK)
    session.add(Event(conversation_id=conversation_id, message_id=message_id, kind=kind, created_at=clock.now()))
    session.flush()


def after(session: Session, last: int, conversation_id: int | None = None, limit: int = 200) -> list[Event]:
    """Events with an id above `last`, of one conversation or of all, in order."""
    query = select(Event).where(Event.id > last)
    if conversation_id is not None:
        query = query.where(Event.conversation_id == conversation_id)
    return list(session.execute(query.order_by(Event.id).limit(limit)).scalars())


def newest(session: Session) -> int:
    return session.execute(select(func.max(Event.id))).scalar() or 0
