"""What waits to be said through a door that cannot be read at will (WeChat)."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from community import clock
from community.models import Conversation, Message, Outbox


def take(session: Session, conversation_id: int, carrier: str, room: int, length: Callable[[Message], int]) -> list[Message]:
    """The messages that go out with `carrier` (a platform message's id): those it took before, or the first waiting ones
    whose `length`s fit into `room` (at least one).

    The same carrier again gets the same messages: the platform asks again only if the first answer was lost.
    """
    # One carrier at a time: the platform may ask again while the first answer is being made.
    session.execute(select(Conversation.id).where(Conversation.id == conversation_id).with_for_update())
    carried = _messages(session, Outbox.carried_by == carrier, conversation_id)
    if carried:
        return carried
    query = select(Outbox, Message).join(Message, Message.id == Outbox.message_id)
    query = query.where(Outbox.conversation_id == conversation_id, Outbox.sent_at.is_(None))
    taken: list[Message] = []
    for row, message in session.execute(query.order_by(Outbox.id).with_for_update(of=Outbox)).all():
        room -= length(message)
        if taken and room < 0:
            break
        row.sent_at, row.carried_by = clock.now(), carrier
        taken.append(message)
    return taken


def _messages(session: Session, condition: object, conversation_id: int) -> list[Message]:
    query = select(Message).join(Outbox, Outbox.message_id == Message.id).where(condition, Outbox.conversation_id == conversation_id)
    return list(session.execute(query.order_by(Message.id)).scalars())


def waiting(session: Session, conversation_id: int) -> int:
    """How many messages the resident has not been given yet."""
    query = select(Outbox.id).where(Outbox.conversation_id == conversation_id, Outbox.sent_at.is_(None))
    return len(session.execute(query).scalars().all())
