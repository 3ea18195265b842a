"""Residents, their conversations and messages, the outbox, and the numbered events that pages resume from."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, DateTime, ForeignKey, Index, Integer, String, Text, UniqueConstraint

from community.models.base import Base


class Resident(Base):
    """One person at one door. `external_id`: the WeChat openid, or the web session's id."""

    __tablename__ = "residents"
    id = Column(Integer, primary_key=True)
    door = Column(String(16), nullable=False)
    external_id = Column(String(128), nullable=False)
    token_hash = Column(String(64), unique=True)
    created_at = Column(DateTime, nullable=False)
    __table_args__ = (UniqueConstraint("door", "external_id"),)


class Conversation(Base):
    """`owner`: bot | queue | staff. `epoch` rises with every change of owner: a reply computed under an older
    epoch is not sent."""

    __tablename__ = "conversations"
    id = Column(Integer, primary_key=True)
    resident_id = Column(Integer, ForeignKey("residents.id"), nullable=False, unique=True)
    owner = Column(String(8), nullable=False, default="bot")
    staff_id = Column(Integer, ForeignKey("staff.id"))
    epoch = Column(Integer, nullable=False, default=0)
    urgent = Column(Boolean, nullable=False, default=False)
    reason = Column(String(32))
    queued_at = Column(DateTime)
    created_at = Column(DateTime, nullable=False)
    last_message_at = Column(DateTime, nullable=False)
    __table_args__ = (Index("ix_conversations_owner_last", "owner", "last_message_at"),)


class Message(Base):
    """`sender`: resident | bot | staff | system. `state` of a resident's message: new (nothing has answered it),
    done. `client_id` is the door's own id, unique in a conversation, so that a repeat is no second message."""

    __tablename__ = "messages"
    id = Column(Integer, primary_key=True)
    conversation_id = Column(Integer, ForeignKey("conversations.id"), nullable=False)
    sender = Column(String(8), nullable=False)
    staff_id = Column(Integer, ForeignKey("staff.id"))
    client_id = Column(String(128))
    reply_to = Column(Integer, index=True)
    state = Column(String(8), nullable=False, default="done")
    claimed_until = Column(DateTime)
    text = Column(Text, nullable=False)
    buttons = Column(JSON, nullable=False, default=list)
    facts = Column(JSON, nullable=False, default=list)
    understanding = Column(JSON)
    created_at = Column(DateTime, nullable=False)
    __table_args__ = (
        UniqueConstraint("conversation_id", "client_id"),
        Index("ix_messages_conversation_id_id", "conversation_id", "id"),
        Index("ix_messages_state_id", "state", "id"),
    )


class Outbox(Base):
    """What is still to be said through a door that cannot be read at will (WeChat). One row a message."""

    __tablename__ = "outbox"
    id = Column(Integer, primary_key=True)
    message_id = Column(Integer, ForeignKey("messages.id"), nullable=False, unique=True)
    conversation_id = Column(Integer, ForeignKey("conversations.id"), nullable=False)
    sent_at = Column(DateTime)
    carried_by = Column(String(128))
    __table_args__ = (Index("ix_outbox_conversation_id_sent_at", "conversation_id", "sent_at"),)


class Event(Base):
    """Numbered in the order of commit. `kind`: message | owner."""

    __tablename__ = "events"
    id = Column(Integer, primary_key=True)
    conversation_id = Column(Integer, ForeignKey("conversations.id"), nullable=False)
    message_id = Column(Integer, ForeignKey("messages.id"))
    kind = Column(String(16), nullable=False)
    created_at = Column(DateTime, nullable=False)
    __table_args__ = (Index("ix_events_conversation_id_id", "conversation_id", "id"),)
