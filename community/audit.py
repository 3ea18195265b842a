"""Who did what, for good: one row a change of owner, a log-in, a change of account, a read of private data."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from community import clock
from community.models import Audit


def record(session: Session, actor: str, action: str, subject: str, **detail: Any) -> None:
    """`actor`: `staff:ID`, `bot`, `resident:ID` or `system`; `subject`: e.g. `conversation:7`."""
    session.add(Audit(at=clock.now(), actor=actor, action=action, subject=subject, detail=detail))
