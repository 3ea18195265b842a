"""Where Rasa keeps trackers and locks: the community's own database and Redis."""

from __future__ import annotations

from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.lock_store import InMemoryLockStore, LockStore, RedisLockStore
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig
from redis import ConnectionPool, Redis
from redis.exceptions import RedisError
from sqlalchemy.engine import make_url

from community.settings import settings


class CommunityTrackerStore(SQLTrackerStore):  # type: ignore[misc]
    """Rasa's SQL tracker store on the database of the settings (a SQLite file of its own beside the main one, so that
    Rasa's writes do not hold up the doors)."""

    def __init__(self, domain: Domain | None = None, event_broker: EventBroker | None = None, **kwargs: Any) -> None:
        url = make_url(settings().sqlalchemy_url)
        settings().data_dir.mkdir(parents=True, exist_ok=True)
        if url.get_backend_name() == "sqlite":
            super().__init__(domain=domain, dialect="sqlite", db=str(settings().data_dir / "trackers.db"), event_broker=event_broker)
        else:
            super().__init__(
                domain=domain,
                dialect="postgresql",
                host=url.host,
                port=url.port,
                db=url.database,
                username=url.username,
                password=url.password,
                query=dict(url.query),
                event_broker=event_broker,
            )


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
