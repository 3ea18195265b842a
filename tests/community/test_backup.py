"""A backup brings everything back, into SQLite and PostgreSQL alike."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from community import backup, catalog, clock, conversations, database, staff_accounts
from community.database import reading, writing
from community.errors import CommunityError
from community.models import Place
from tests.conftest import SECOND, fresh_postgres, import_folder

NOW = datetime(2026, 11, 24, 10, 0)


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def lived_in() -> int:
    """A little of everything: a conversation handed over and taken, an account with a session, WeChat waiting."""
    with writing() as session:
        staff = staff_accounts.create(session, "wang", "王阿姨", "staff", "correct horse")
        staff_accounts.log_in(session, "wang", "correct horse")
        ident = int(conversations.open_door(session, "wechat", "r1").id)
        message = conversations.receive(session, ident, "家里停水了\n怎么办", "c1")
        turn: dict[str, Any] = {
            "replies": [{"text": "马上找人。", "buttons": []}],
            "facts": [{"kind": "contact", "id": "water"}],
            "handoff": "asked",
            "urgent": True,
            "understanding": {"intent": "ask_human", "entities": []},
        }
        conversations.store_answer(session, message.id, 0, turn)
        conversations.claim(session, ident, staff)
    return ident


def written(path: Path) -> dict[str, int]:
    with reading() as session:
        return backup.write(session, path)


def restored(path: Path) -> dict[str, int]:
    with writing() as session:
        return backup.read(session, path)


def rows(path: Path) -> list[dict[str, Any]]:
    """What a backup holds, in any order, but for the version of the names, which a restore raises."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file][1:]
    return sorted((record for record in records if record["table"] != "catalog_version"), key=json.dumps)


def test_backup_change_restore(sample: str, tmp_path: Path) -> None:
    ident = lived_in()
    counts = written(tmp_path / "one.gz")
    import_folder(SECOND)
    with writing() as session:
        conversations.receive(session, ident, "后来的话", "c2")
        staff_accounts.disable(session, "wang")
    assert restored(tmp_path / "one.gz") == counts
    assert counts["messages"] == 3
    written(tmp_path / "two.gz")
    assert rows(tmp_path / "two.gz") == rows(tmp_path / "one.gz")
    with reading() as session:
        assert session.get(Place, "service-hall").name == "一站式综合办事服务大厅"
        assert next(message.text for message in conversations.history(session, ident)) == "家里停水了\n怎么办"


def test_life_goes_on_after_a_restore(sample: str, tmp_path: Path) -> None:
    ident = lived_in()
    written(tmp_path / "one.gz")
    restored(tmp_path / "one.gz")
    with writing() as session:
        conversations.receive(session, ident, "还有一句", "c2")
        other = conversations.open_door(session, "web", "r2")
        staff_accounts.create(session, "li", "李师傅", "staff", "correct horse")
        assert other.id > ident
    with reading() as session:
        assert [message.text for message in conversations.history(session, ident)][-1] == "还有一句"


def test_a_restore_tells_the_readers_of_names(sample: str, tmp_path: Path) -> None:
    written(tmp_path / "one.gz")
    import_folder(SECOND)
    with reading() as session:
        seen = catalog.version(session)
    restored(tmp_path / "one.gz")
    with reading() as session:
        assert catalog.version(session) > seen


def test_a_backup_of_sqlite_goes_into_postgresql(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database: str
) -> None:
    """And the other way round: from the fixture's kind into the other one."""
    ident = lived_in()
    written(tmp_path / "one.gz")
    first = database.engine()
    if empty_database == "sqlite":
        monkeypatch.setenv("JMK_DATABASE_URL", fresh_postgres(postgres_url))
    else:
        monkeypatch.delenv("JMK_DATABASE_URL")
    database.migrate()
    restored(tmp_path / "one.gz")
    written(tmp_path / "two.gz")
    assert rows(tmp_path / "two.gz") == rows(tmp_path / "one.gz")
    with writing() as session:
        conversations.receive(session, ident, "还有一句", "c2")
    database.engine().dispose()
    first.dispose()


def test_a_backup_of_nothing(empty_database: str, tmp_path: Path) -> None:
    assert not any(written(tmp_path / "one.gz").values())
    restored(tmp_path / "one.gz")
    with reading() as session:
        assert catalog.names(session) == []


def test_people_who_write_during_a_backup_do_not_spoil_it(empty_database: str, tmp_path: Path) -> None:
    lived_in()
    written(tmp_path / "before.gz")
    pending = ["r2"]

    def somebody_writes(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if pending and "FROM conversations" in statement:
            resident = pending.pop()
            with writing() as session:
                conversations.receive(session, conversations.open_door(session, "web", resident).id, "你好", "c1")

    engine = database.engine()
    event.listen(engine, "after_cursor_execute", somebody_writes)
    try:
        written(tmp_path / "one.gz")
    finally:
        event.remove(engine, "after_cursor_execute", somebody_writes)
    assert not pending
    restored(tmp_path / "one.gz")
    assert rows(tmp_path / "one.gz") == rows(tmp_path / "before.gz")


def damaged(path: Path, how: str) -> Path:
    """A good backup, spoilt."""
    written(path)
    data = path.read_bytes()
    if how == "cut off":
        path.write_bytes(data[: len(data) // 2])
    elif how == "a bad byte":
        path.write_bytes(data[:200] + bytes([data[200] ^ 0xFF]) * 40 + data[240:])
    elif how == "no gzip":
        path.write_text("{}", encoding="utf-8")
    elif how == "another format":
        path.write_bytes(gzip.compress(b'{"format": "other"}\n'))
    elif how == "an unknown table":
        path.write_bytes(gzip.compress(gzip.decompress(data) + b'{"table": "cats", "row": {}}\n'))
    else:
        path.unlink()
    return path


@pytest.mark.parametrize("how", ["cut off", "a bad byte", "no gzip", "another format", "an unknown table", "not there"])
def test_a_spoilt_backup_is_refused_and_changes_nothing(sample: str, tmp_path: Path, how: str) -> None:
    file = damaged(tmp_path / "one.gz", how)
    with pytest.raises(CommunityError, match="不是完整的备份文件"):
        restored(file)
    with reading() as session:
        assert session.get(Place, "service-hall") is not None
