"""Where Rasa keeps trackers and locks: the community's own database and Redis."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.lock_store import InMemoryLockStore, LockStore, RedisLockStore
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from redis import ConnectionPool, Redis
from redis.exceptions import RedisError
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import sessionmaker

from community.database import engine_for
from community.settings import settings

SCHEMA = "rasa"  # in PostgreSQL
_EVENTS = SQLTrackerStore.SQLEvent.__table__
_ALL = select(_EVENTS.c.data).where(_EVENTS.c.sender_id == bindparam("sender")).order_by(_EVENTS.c.id)
_SESSION = select(func.max(_EVENTS.c.timestamp)).where(
    _EVENTS.c.sender_id == bindparam("sender"), _EVENTS.c.type_name == SessionStarted.type_name
)
_LATEST = _ALL.where(_EVENTS.c.timestamp >= func.coalesce(_SESSION.scalar_subquery(), 0.0))  # of the latest session, as Rasa has it


class CommunityTrackerStore(SQLTrackerStore):  # type: ignore[misc]
    """Rasa's SQL tracker store and table, on the database of the settings: in PostgreSQL in a schema of its own, since the community
    has a table of the same name; beside SQLite in a file of its own, so that Rasa's writes do not hold up the doors.

    Rasa's own reads a conversation again to save it, and opens a connection for each step; this remembers how much of a tracker
    is stored, and keeps connections. A tracker is only ever changed under its conversation's lock.
    """

    def __init__(self, domain: Domain | None = None, event_broker: EventBroker | None = None, **kwargs: Any) -> None:
        url = settings().sqlalchemy_url
        settings().data_dir.mkdir(parents=True, exist_ok=True)
        if make_url(url).get_backend_name() == "sqlite":
            self.engine = engine_for(f"sqlite:///{settings().data_dir / 'trackers.db'}")
        else:
            self.engine = engine_for(url).execution_options(schema_translate_map={None: SCHEMA})
        with self.engine.begin() as connection:  # under a lock (of SQLite's own): the bot's processes start together
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:schema))"), {"schema": SCHEMA})
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            self.Base.metadata.create_all(connection)
        self.sessionmaker = sessionmaker(bind=self.engine)  # for what is left to Rasa's own
        TrackerStore.__init__(self, domain, event_broker, **kwargs)

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> DialogueStateTracker | None:
        wanted = _ALL if fetch_events_from_all_sessions else _LATEST
        with self.engine.execution_options(sqlite_begin="DEFERRED").connect() as connection:
            events = [json.loads(data) for data in connection.execute(wanted, {"sender": sender_id}).scalars()]
        if not events:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        tracker.stored = len(tracker.events)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        await self.stream_events(tracker)
        rows = [_row(tracker.sender_id, event) for event in islice(tracker.events, getattr(tracker, "stored", 0), None)]
        if rows:
            with self.engine.begin() as connection:
                connection.execute(_EVENTS.insert(), rows)
        tracker.stored = len(tracker.events)


def _row(sender: str, event: Event) -> dict[str, Any]:
    data = event.as_dict()
    return {
        "sender_id": sender,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": ((data.get("parse_data") or {}).get("intent") or {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


class CommunityLockStore(LockStore):  # type: ignore[misc]
    """Rasa's Redis lock store by URL; locks in memory when no Redis answers (`rasa shell` on a laptop)."""

    def __new__(cls, endpoint_config: EndpointConfig | None = None) -> Any:
        try:
            store = RedisLockStore.__new__(RedisLockStore)
            store.red = Redis(connection_pool=ConnectionPool.from_url(settings().redis, socket_timeout=10))
            store.red.ping()
            store.key_prefix = "lock:"
            LockStore.__init__(store)
            return store
        except RedisError:
            return InMemoryLockStore()
