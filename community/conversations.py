"""Conversations: what residents write, what they are answered, and who answers.

The owner of a conversation (bot, queue, a member of staff) changes here and nowhere else. Every change raises the
`epoch`: a reply that the bot computed under an older epoch is not stored, and so never said.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from community import audit, clock, events
from community.errors import Conflict, Forbidden, NotFound
from community.models import Conversation, Message, Outbox, Resident, Staff

CLAIM_SECONDS = 12  # how long one worker may take to answer a message before another may try
OPEN_OWNERS = ("queue", "staff")


def open_door(session: Session, door: str, external_id: str, token_hash: str | None = None) -> Conversation:
    """The conversation of a resident at a door, begun if need be. door: web | wechat."""
    found = _at_door(session, door, external_id)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            now = clock.now()
            resident = Resident(door=door, external_id=external_id, token_hash=token_hash, created_at=now)
            session.add(resident)
            session.flush()
            conversation = Conversation(resident_id=resident.id, owner="bot", epoch=0, urgent=False, created_at=now, last_message_at=now)
            session.add(conversation)
            session.flush()
            return conversation
    except IntegrityError:  # two first messages at once: the other one opened the door
        found = _at_door(session, door, external_id)
        if found is None:
            raise
        return found


def _at_door(session: Session, door: str, external_id: str) -> Conversation | None:
    query = select(Conversation).join(Resident).where(Resident.door == door, Resident.external_id == external_id)
    return session.execute(query).scalar()  # type: ignore[no-any-return]


def by_token(session: Session, token_hash: str) -> Conversation | None:
    query = select(Conversation).join(Resident).where(Resident.token_hash == token_hash)
    return session.execute(query).scalar()  # type: ignore[no-any-return]


def get(session: Session, conversation_id: int) -> Conversation:
    """Raises NotFound."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound("没有这个对话。")
    return conversation


def _locked(session: Session, conversation_id: int) -> Conversation:
    query = select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    conversation = session.execute(query.execution_options(populate_existing=True)).scalar()
    if conversation is None:
        raise NotFound("没有这个对话。")
    return conversation  # type: ignore[no-any-return]


def receive(session: Session, conversation_id: int, text: str, client_id: str) -> Message:
    """Store what a resident wrote. The same `client_id` again gives the message stored before."""
    before = _with_client_id(session, conversation_id, client_id)
    if before is not None:
        return before
    try:
        with session.begin_nested():
            message = _add(session, conversation_id, "resident", text, client_id=client_id, state="new")
    except IntegrityError:
        before = _with_client_id(session, conversation_id, client_id)
        if before is None:
            raise
        return before
    return message


def _with_client_id(session: Session, conversation_id: int, client_id: str) -> Message | None:
    query = select(Message).where(Message.conversation_id == conversation_id, Message.client_id == client_id)
    return session.execute(query).scalar()  # type: ignore[no-any-return]


def _add(session: Session, conversation_id: int, sender: str, text: str, **more: Any) -> Message:
    now = clock.now()
    message = Message(conversation_id=conversation_id, sender=sender, text=text, created_at=now, **{"state": "done", **more})
    session.add(message)
    session.flush()
    session.execute(update(Conversation).where(Conversation.id == conversation_id).values(last_message_at=now))
    if sender != "resident" and _door(session, conversation_id) != "web":
        session.add(Outbox(message_id=message.id, conversation_id=conversation_id))
    events.append(session, conversation_id, "message", message.id)
    return message


def _door(session: Session, conversation_id: int) -> str | None:
    query = select(Resident.door).join(Conversation).where(Conversation.id == conversation_id)
    return session.execute(query).scalar()  # type: ignore[no-any-return]


def claim_next(session: Session, conversation_id: int | None = None) -> Message | None:
    """The oldest unanswered message that no worker holds, claimed for CLAIM_SECONDS; in order within a conversation."""
    now = clock.now()
    earlier = aliased(Message)
    nothing_before = ~(
        select(earlier.id)
        .where(earlier.conversation_id == Message.conversation_id, earlier.state == "new", earlier.id < Message.id)
        .exists()
    )
    query = select(Message).where(Message.state == "new", _unclaimed(Message, now), nothing_before)
    if conversation_id is not None:
        query = query.where(Message.conversation_id == conversation_id)
    message = session.execute(query.order_by(Message.id).limit(1).with_for_update(skip_locked=True)).scalar()
    if message is not None:
        message.claimed_until = now + timedelta(seconds=CLAIM_SECONDS)
    return message  # type: ignore[no-any-return]


def _unclaimed(table: Any, now: datetime) -> Any:
    return or_(table.claimed_until.is_(None), table.claimed_until < now)


def release(session: Session, message_id: int) -> None:
    """Give a claimed message back at once (the bot could not be reached)."""
    session.execute(update(Message).where(Message.id == message_id, Message.state == "new").values(claimed_until=None))


def store_answer(session: Session, message_id: int, epoch: int, turn: dict[str, Any]) -> bool:
    """Store the bot's answer to a message and hand over if it asks to; False (and nothing said) if the conversation
    changed hands meanwhile, or the message was answered already.

    `turn`: replies [{text, buttons}], facts, handoff, urgent, understanding (bot/turn.py).
    """
    message = session.get(Message, message_id)
    conversation = _locked(session, message.conversation_id)
    done = session.execute(
        update(Message).where(Message.id == message_id, Message.state == "new").values(state="done", understanding=turn["understanding"])
    )
    if not done.rowcount:
        return False
    if conversation.owner != "bot" or conversation.epoch != epoch:
        events.append(session, conversation.id, "message", message_id)
        if turn["urgent"]:  # whoever has the conversation now must see it; the numbers to call are said in any case
            _alarm(session, conversation, message_id, turn)
        return False
    for position, reply in enumerate(turn["replies"]):
        facts = turn["facts"] if position == len(turn["replies"]) - 1 else []
        _add(session, conversation.id, "bot", reply["text"], buttons=reply["buttons"], facts=facts, reply_to=message_id)
    if turn["handoff"]:
        escalate(session, conversation.id, turn["handoff"], bool(turn["urgent"]))
    return True


def store_listening(session: Session, message_id: int, turn: dict[str, Any]) -> None:
    """Store the understanding of a message that a person answers; signs of an emergency are answered at once."""
    message = session.get(Message, message_id)
    conversation = _locked(session, message.conversation_id)
    done = session.execute(
        update(Message).where(Message.id == message_id, Message.state == "new").values(state="done", understanding=turn["understanding"])
    )
    if not done.rowcount:
        return
    if turn["urgent"]:
        _alarm(session, conversation, message_id, turn)
    events.append(session, conversation.id, "message", message_id)


def _alarm(session: Session, conversation: Conversation, message_id: int, turn: dict[str, Any]) -> None:
    """Say the answer to an emergency whoever has the conversation, and mark it for them."""
    for reply in turn["replies"]:
        _add(session, conversation.id, "bot", reply["text"], reply_to=message_id)
    if not conversation.urgent:
        conversation.urgent = True
        events.append(session, conversation.id, "owner")


def escalate(session: Session, conversation_id: int, reason: str, urgent: bool = False) -> None:
    """Put a conversation into the queue; one that a person has already only becomes urgent."""
    conversation = _locked(session, conversation_id)
    conversation.urgent = conversation.urgent or urgent
    if conversation.owner == "bot":
        conversation.owner, conversation.reason, conversation.queued_at = "queue", reason, clock.now()
        conversation.epoch += 1
        audit.record(session, "bot", "escalate", f"conversation:{conversation_id}", reason=reason, urgent=urgent)
    events.append(session, conversation_id, "owner")


def claim(session: Session, conversation_id: int, staff: Staff) -> Conversation:
    """Take a conversation over from the queue or the bot. Raises Conflict naming who has it already."""
    conversation = _locked(session, conversation_id)
    if conversation.owner == "staff":
        if conversation.staff_id == staff.id:
            return conversation
        holder = session.get(Staff, conversation.staff_id)
        raise Conflict(f"{holder.name if holder else '同事'}已经接了这个对话。")
    before = conversation.owner
    conversation.owner, conversation.staff_id = "staff", staff.id
    conversation.epoch += 1
    _add(session, conversation_id, "system", f"工作人员 {staff.name} 来为您服务。")
    events.append(session, conversation_id, "owner")
    audit.record(session, f"staff:{staff.id}", "claim", f"conversation:{conversation_id}", before=before)
    return conversation


def staff_reply(session: Session, conversation_id: int, staff: Staff, text: str, client_id: str) -> Message:
    """What a member of staff says; only by the one who has the conversation. Raises Forbidden."""
    conversation = _locked(session, conversation_id)
    if conversation.owner != "staff" or conversation.staff_id != staff.id:
        raise Forbidden("请先点“接手”，再回复。")
    before = _with_client_id(session, conversation_id, client_id)
    if before is not None:
        return before
    return _add(session, conversation_id, "staff", text, staff_id=staff.id, client_id=client_id)


def hand_back(session: Session, conversation_id: int, staff: Staff) -> None:
    """Give a conversation back to the bot. Raises Forbidden for one that somebody else has."""
    conversation = _locked(session, conversation_id)
    if conversation.owner == "staff" and conversation.staff_id != staff.id and staff.role == "staff":
        raise Forbidden("这个对话由别的同事在处理。")
    if conversation.owner == "bot":
        return
    conversation.owner, conversation.staff_id, conversation.urgent = "bot", None, False
    conversation.reason, conversation.queued_at = None, None
    conversation.epoch += 1
    _add(session, conversation_id, "system", "工作人员先告一段落，小助手继续为您服务。\n还要找人，发“转人工”。")
    events.append(session, conversation_id, "owner")
    audit.record(session, f"staff:{staff.id}", "hand_back", f"conversation:{conversation_id}")


def notice(session: Session, conversation_id: int, text: str, reply_to: int | None = None) -> Message:
    """A sentence of the system's own to the resident."""
    return _add(session, conversation_id, "system", text, reply_to=reply_to)


def history(session: Session, conversation_id: int, after: int = 0, limit: int = 200) -> list[Message]:
    """Messages with an id above `after`, in order; without `after` the newest `limit`."""
    query = select(Message).where(Message.conversation_id == conversation_id, Message.id > after)
    if after:
        return list(session.execute(query.order_by(Message.id).limit(limit)).scalars())
    return list(reversed(session.execute(query.order_by(Message.id.desc()).limit(limit)).scalars().all()))


def replies_to(session: Session, message_id: int) -> list[Message]:
    return list(session.execute(select(Message).where(Message.reply_to == message_id).order_by(Message.id)).scalars())


def last_buttons(session: Session, conversation_id: int, before: int) -> list[dict[str, str]]:
    """The buttons of what was last said to the resident before a message."""
    query = select(Message.buttons).where(Message.conversation_id == conversation_id, Message.id < before, Message.sender == "bot")
    return session.execute(query.order_by(Message.id.desc()).limit(1)).scalar() or []


def inbox(session: Session, show: str, staff_id: int, limit: int = 100) -> Sequence[Any]:
    """Rows (Conversation, Resident, last message's text, holder's name) for the desk; urgent and longest waiting first.

    show: waiting | mine | all.
    """
    last = aliased(Message)
    newest = select(func.max(Message.id)).where(Message.conversation_id == Conversation.id).correlate(Conversation).scalar_subquery()
    query = (
        select(Conversation, Resident, last.text, Staff.name)
        .join(Resident, Resident.id == Conversation.resident_id)
        .outerjoin(last, last.id == newest)
        .outerjoin(Staff, Staff.id == Conversation.staff_id)
    )
    if show == "waiting":
        query = query.where(Conversation.owner == "queue").order_by(Conversation.urgent.desc(), Conversation.queued_at)
    elif show == "mine":
        query = query.where(and_(Conversation.owner == "staff", Conversation.staff_id == staff_id))
        query = query.order_by(Conversation.urgent.desc(), Conversation.last_message_at.desc())
    else:
        query = query.order_by(Conversation.last_message_at.desc())
    return session.execute(query.limit(limit)).all()


def waiting_count(session: Session) -> int:
    return session.execute(select(func.count()).select_from(Conversation).where(Conversation.owner == "queue")).scalar() or 0


def any_new(session: Session) -> bool:
    """Whether any message waits for an answer."""
    return session.execute(select(Message.id).where(Message.state == "new").limit(1)).scalar() is not None


def message(session: Session, message_id: int) -> Message:
    """Raises NotFound."""
    found = session.get(Message, message_id)
    if found is None:
        raise NotFound("没有这条消息。")
    return found


def holder_name(session: Session, conversation: Conversation) -> str | None:
    """The name of the member of staff who has the conversation, or None."""
    staff = session.get(Staff, conversation.staff_id) if conversation.staff_id else None
    return staff.name if staff else None
