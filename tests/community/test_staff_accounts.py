"""Accounts of the desk: who gets in, for how long, and who no longer does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from community import clock, staff_accounts
from community.database import reading, writing
from community.errors import CommunityError, Conflict, Forbidden, NotFound
from community.models import Audit, Staff, StaffSession

NOW = datetime(2026, 11, 24, 10, 0)
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def wang(empty_database: str) -> Iterator[None]:
    """王阿姨 has an account; it is 10 o'clock."""
    with clock.fixed(NOW):
        with writing() as session:
            staff_accounts.create(session, "wang", "王阿姨", "staff", PASSWORD)
        yield


def logged_in(password: str = PASSWORD, username: str = "wang") -> str:
    with writing() as session:
        return staff_accounts.log_in(session, username, password)[0]


def whose(token: str) -> str | None:
    with reading() as session:
        found = staff_accounts.of_token(session, token)
        return found and found[0].username


def test_the_right_password_opens_the_desk() -> None:
    token = logged_in()
    assert whose(token) == "wang"
    assert whose(token + "x") is None
    assert whose("") is None


def test_a_wrong_password_and_an_unknown_name_sound_the_same() -> None:
    sentences = []
    for username, password in [("wang", "wrong"), ("nobody", PASSWORD), ("", "")]:
        with pytest.raises(Forbidden) as caught:
            logged_in(password, username)
        sentences.append(caught.value.sentence)
    assert sentences == ["用户名或密码不对。"] * 3


def test_a_session_ends_after_its_hours() -> None:
    token = logged_in()
    with clock.fixed(NOW + timedelta(hours=staff_accounts.SESSION_HOURS, seconds=-1)):
        assert whose(token) == "wang"
    with clock.fixed(NOW + timedelta(hours=staff_accounts.SESSION_HOURS, seconds=1)):
        assert whose(token) is None


def test_logging_out_ends_one_session() -> None:
    first, second = logged_in(), logged_in()
    with writing() as session:
        staff_accounts.log_out(session, first)
    assert (whose(first), whose(second)) == (None, "wang")


def test_a_new_password_ends_all_sessions() -> None:
    tokens = [logged_in(), logged_in()]
    with writing() as session:
        staff_accounts.set_password(session, "wang", "another horse", must_change=False)
    assert [whose(token) for token in tokens] == [None, None]
    with pytest.raises(Forbidden):
        logged_in()
    assert whose(logged_in("another horse")) == "wang"


def test_a_one_time_password_must_be_changed() -> None:
    with reading() as session:
        assert staff_accounts.find(session, "wang").must_change_password
    with writing() as session:
        staff_accounts.set_password(session, "wang", "another horse", must_change=False)
    with reading() as session:
        assert not staff_accounts.find(session, "wang").must_change_password


def test_a_disabled_account_is_out_at_once() -> None:
    token = logged_in()
    with writing() as session:
        staff_accounts.disable(session, "wang")
    assert whose(token) is None
    with pytest.raises(Forbidden, match="用户名或密码不对"):
        logged_in()


def test_neither_passwords_nor_tokens_are_stored() -> None:
    token = logged_in()
    with reading() as session:
        staff = staff_accounts.find(session, "wang")
        row = session.execute(select(StaffSession)).scalar()
        assert staff.password_hash.startswith("$argon2id$")
        assert PASSWORD not in staff.password_hash
        assert token not in (row.token_hash, row.csrf)


def test_a_taken_name_a_short_password_and_an_unknown_role_are_refused() -> None:
    for username, role, password, error, why in [
        ("wang", "staff", PASSWORD, Conflict, "用户名 wang 已经有了"),
        ("li", "staff", "short", CommunityError, "密码至少 10 个字符"),
        ("li", "boss", PASSWORD, CommunityError, "staff、supervisor、admin"),
    ]:
        with pytest.raises(error, match=why), writing() as session:
            staff_accounts.create(session, username, "李师傅", role, password)
    with pytest.raises(CommunityError, match="密码至少"), writing() as session:
        staff_accounts.set_password(session, "wang", "short", must_change=False)
    with reading() as session:
        assert [staff.username for staff in session.execute(select(Staff)).scalars()] == ["wang"]
    assert whose(logged_in()) == "wang"


def test_an_unknown_account_is_named() -> None:
    with writing() as session:
        with pytest.raises(NotFound, match="没有用户 li"):
            staff_accounts.set_password(session, "li", PASSWORD, must_change=True)
        with pytest.raises(NotFound, match="没有用户 li"):
            staff_accounts.disable(session, "li")


def test_the_first_admin_is_made_once() -> None:
    with writing() as session:
        assert staff_accounts.first_admin(session, PASSWORD) is None
        session.query(Audit).delete()
        session.query(Staff).delete()
    with writing() as session:
        made = staff_accounts.first_admin(session)
    assert made is not None
    username, password = made
    assert whose(logged_in(password, username)) == "admin"
    with writing() as session:
        assert staff_accounts.first_admin(session) is None
        admin = staff_accounts.find(session, "admin")
        assert (admin.role, admin.must_change_password) == ("admin", True)


def test_changes_of_accounts_are_on_record() -> None:
    logged_in()
    with writing() as session:
        staff_accounts.set_password(session, "wang", "another horse", must_change=True)
    with writing() as session:
        staff_accounts.disable(session, "wang")
    with reading() as session:
        rows = session.execute(select(Audit).order_by(Audit.id)).scalars().all()
        assert [row.action for row in rows] == ["account_created", "log_in", "password_changed", "account_disabled"]
        assert {row.at for row in rows} == {NOW}
        assert not any(PASSWORD in str(row.detail) for row in rows)
