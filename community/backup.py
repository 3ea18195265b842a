"""The whole database as one gzip file of JSON lines, the same for SQLite and PostgreSQL."""

from __future__ import annotations

import gzip
import json
import zlib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Date, DateTime, delete, insert, select, text
from sqlalchemy.orm import Session

from community import catalog
from community.database import is_postgresql
from community.errors import CommunityError
from community.models import Base

FORMAT = "jiamenkou-backup-1"


def write(session: Session, path: Path) -> dict[str, int]:
    """Write every table to `path`; gives the number of rows by table."""
    if is_postgresql(session):  # one snapshot for all tables: people write meanwhile
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    counts = {}
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(json.dumps({"format": FORMAT}) + "\n")
        for table in Base.metadata.sorted_tables:
            rows = session.execute(select(table).order_by(*table.primary_key.columns)).mappings().all()
            for row in rows:
                file.write(json.dumps({"table": table.name, "row": dict(row)}, ensure_ascii=False, default=_written) + "\n")
            counts[table.name] = len(rows)
    return counts


def _written(value: Any) -> str:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    raise TypeError(type(value))


def read(session: Session, path: Path) -> dict[str, int]:
    """Put the rows of a backup in place of all there are. Raises CommunityError for a file that is none."""
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            if json.loads(file.readline()).get("format") != FORMAT:
                raise ValueError("another format")
            rows: dict[str, list[dict[str, Any]]] = {name: [] for name in tables}
            for line in file:
                record = json.loads(line)
                rows[record["table"]].append(_row(tables[record["table"]], record["row"]))
    except (OSError, ValueError, KeyError, EOFError, AttributeError, TypeError, zlib.error) as error:
        raise CommunityError(f"不是完整的备份文件：{path}（{error}）") from error
    version = catalog.version(session)
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(delete(table))
    for name, table in tables.items():
        if rows[name]:
            session.execute(insert(table), rows[name])
    if is_postgresql(session):
        _continue_sequences(session)
    catalog.touch(session, at_least=version)
    return {name: len(found) for name, found in rows.items()}


def _row(table: Any, values: dict[str, Any]) -> dict[str, Any]:
    for column in table.columns:
        value = values.get(column.name)
        if isinstance(value, str) and isinstance(column.type, DateTime):
            values[column.name] = datetime.fromisoformat(value)
        elif isinstance(value, str) and isinstance(column.type, Date):
            values[column.name] = date.fromisoformat(value)
    return values


def _continue_sequences(session: Session) -> None:
    """PostgreSQL counts ids in sequences, which inserts with given ids do not move."""
    for table in Base.metadata.sorted_tables:
        for column in table.primary_key.columns:
            sequence = session.execute(text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": table.name, "c": column.name}).scalar()
            if sequence:
                session.execute(text(f"SELECT setval('{sequence}', COALESCE((SELECT MAX({column.name}) FROM {table.name}), 0) + 1, false)"))
