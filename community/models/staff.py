"""Staff accounts, their log-in sessions, and the audit."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, DateTime, ForeignKey, Integer, String

from community.models.base import Base


class Staff(Base):
    """`role`: staff | supervisor | admin."""

    __tablename__ = "staff"
    id = Column(Integer, primary_key=True)
    username = Column(String(64), nullable=False, unique=True)
    name = Column(String(64), nullable=False)
    role = Column(String(16), nullable=False, default="staff")
    password_hash = Column(String(200), nullable=False)
    must_change_password = Column(Boolean, nullable=False, default=False)
    disabled = Column(Boolean, nullable=False, default=False)
    created_at = Column(DateTime, nullable=False)


class StaffSession(Base):
    __tablename__ = "staff_sessions"
    token_hash = Column(String(64), primary_key=True)
    staff_id = Column(Integer, ForeignKey("staff.id"), nullable=False, index=True)
    csrf = Column(String(64), nullable=False)
    expires_at = Column(DateTime, nullable=False)


class Audit(Base):
    """Who did what to what: `actor` is `staff:ID`, `bot`, `resident:ID` or `system`."""

    __tablename__ = "audit"
    id = Column(Integer, primary_key=True)
    at = Column(DateTime, nullable=False)
    actor = Column(String(64), nullable=False)
    action = Column(String(64), nullable=False)
    subject = Column(String(128), nullable=False, index=True)
    detail = Column(JSON, nullable=False, default=dict)
