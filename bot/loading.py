"""Getting Rasa ready: the agent in this process (`jmk ask`), and Rasa's server for the doors (`jmk serve bot`)."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import warnings
from pathlib import Path
from typing import Any

from bot import lean_rasa
from community.settings import ROOT, settings


def quiet() -> None:
    """No calls home, no chatter of libraries on start."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("LOG_LEVEL_LIBRARIES", "ERROR")
    os.environ.setdefault("TQDM_DISABLE", "1")
    warnings.filterwarnings("ignore")
    for name in ("tensorflow", "matplotlib", "jieba", "absl", "rasa", "rasa_sdk"):
        logging.getLogger(name).setLevel(logging.ERROR)
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)
    lean_rasa.check_schema_once()
    lean_rasa.find_events_once()
    warnings.filterwarnings("ignore")


def load_agent(model: Path, action_endpoint: Any) -> Any:
    """Rasa's agent with everything in memory. `action_endpoint` runs the custom actions."""
    quiet()
    from rasa.core.agent import Agent
    from rasa.core.lock_store import InMemoryLockStore
    from rasa.core.tracker_store import InMemoryTrackerStore
    from rasa.shared.core.domain import Domain

    store = InMemoryTrackerStore(Domain.empty())
    return Agent.load(str(model), tracker_store=store, lock_store=InMemoryLockStore(), action_endpoint=action_endpoint)


def serve(model: Path) -> None:
    """Rasa's own server with our channel, on loopback, by so many processes as the settings say; returns when it ends."""
    quiet()
    os.environ["SANIC_WORKERS"] = str(settings().bot_workers)  # Rasa's setting; Redis holds the locks of conversations
    os.register_at_fork(after_in_child=_end_with_parent)
    import rasa.core.run
    from rasa.core.utils import AvailableEndpoints

    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    endpoints.action.url = f"http://127.0.0.1:{settings().actions_port}/webhook"
    rasa.core.run.serve_application(
        str(model),
        credentials=str(ROOT / "credentials.yml"),
        interface="127.0.0.1",
        port=settings().bot_port,
        enable_api=False,
        endpoints=endpoints,
    )


def _end_with_parent() -> None:
    """A worker whose parent is killed would hold the port (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
