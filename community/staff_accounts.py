"""Staff accounts: passwords (argon2), log-in sessions, the first admin."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from community import audit, clock
from community.errors import CommunityError, Conflict, Forbidden, NotFound
from community.models import Staff, StaffSession

ROLES = ("staff", "supervisor", "admin")
SESSION_HOURS = 12
PASSWORD_AT_LEAST = 10

_hasher = PasswordHasher()


def digest(token: str) -> str:
    """What is stored of a bearer token: its SHA-256 (tokens are 256 random bits, so no salt is needed)."""
    return hashlib.sha256(token.encode()).hexdigest()


def create(session: Session, username: str, name: str, role: str, password: str, must_change: bool = True) -> Staff:
    """A new account. Raises Conflict when the name is taken, CommunityError for a bad role or short password."""
    if role not in ROLES:
        raise CommunityError(f"角色只能是 {'、'.join(ROLES)}。")
    if find(session, username) is not None:
        raise Conflict(f"用户名 {username} 已经有了。")
    staff = Staff(
        username=username,
        name=name,
        role=role,
        password_hash=_hashed(password),
        must_change_password=must_change,
        disabled=False,
        created_at=clock.now(),
    )
    session.add(staff)
    session.flush()
    audit.record(session, "system", "account_created", f"staff:{staff.id}", role=role)
    return staff


def _hashed(password: str) -> str:
    if len(password) < PASSWORD_AT_LEAST:
        raise CommunityError(f"密码至少 {PASSWORD_AT_LEAST} 个字符。")
    return _hasher.hash(password)


def find(session: Session, username: str) -> Staff | None:
    return session.execute(select(Staff).where(Staff.username == username)).scalar()  # type: ignore[no-any-return]


def first_admin(session: Session, password: str | None = None) -> tuple[str, str] | None:
    """(username, one-time password) of the first admin, made when there is no account at all; else None."""
    if session.execute(select(Staff.id).limit(1)).scalar() is not None:
        return None
    password = password or secrets.token_urlsafe(9)
    create(session, "admin", "管理员", "admin", password)
    return "admin", password


def log_in(session: Session, username: str, password: str) -> tuple[str, StaffSession]:
    """(token, session) for the right password. Raises Forbidden; the sentence does not tell which part was wrong."""
    staff = find(session, username)
    try:
        _hasher.verify(staff.password_hash if staff else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        staff = None
    if staff is None or staff.disabled:
        raise Forbidden("用户名或密码不对。")
    token = secrets.token_urlsafe(32)
    row = StaffSession(
        token_hash=digest(token),
        staff_id=staff.id,
        csrf=secrets.token_urlsafe(32),
        expires_at=clock.now() + timedelta(hours=SESSION_HOURS),
    )
    session.add(row)
    audit.record(session, f"staff:{staff.id}", "log_in", f"staff:{staff.id}")
    return token, row


# Verified against when there is no such account, so that both cases take the same time.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


def of_token(session: Session, token: str) -> tuple[Staff, StaffSession] | None:
    """Who is logged in with a token, if the session is alive and the account is not disabled."""
    row = session.get(StaffSession, digest(token))
    if row is None or row.expires_at < clock.now():
        return None
    staff = session.get(Staff, row.staff_id)
    return None if staff is None or staff.disabled else (staff, row)


def log_out(session: Session, token: str) -> None:
    session.execute(delete(StaffSession).where(StaffSession.token_hash == digest(token)))


def set_password(session: Session, username: str, password: str, must_change: bool) -> None:
    """A new password; ends all sessions of the account. Raises NotFound."""
    staff = find(session, username)
    if staff is None:
        raise NotFound(f"没有用户 {username}。")
    staff.password_hash, staff.must_change_password = _hashed(password), must_change
    session.execute(delete(StaffSession).where(StaffSession.staff_id == staff.id))
    audit.record(session, "system", "password_changed", f"staff:{staff.id}")


def disable(session: Session, username: str) -> None:
    """Bar an account and end its sessions. Raises NotFound."""
    staff = find(session, username)
    if staff is None:
        raise NotFound(f"没有用户 {username}。")
    staff.disabled = True
    session.execute(delete(StaffSession).where(StaffSession.staff_id == staff.id))
    audit.record(session, "system", "account_disabled", f"staff:{staff.id}")
