"""What the pipeline holds of the community's content, made anew within 0.3 s of a change."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from datetime import date

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from community import catalog, clock
from community.database import reading

LOOK_AGAIN_SECONDS = 0.3


class Live(ABC):
    """Call `refresh` before each use. Without a database what was read last stays."""

    daily = False  # whether what it holds changes with the date too

    def __init__(self) -> None:
        self._held: tuple[int, date | None] = (-1, None)  # version of the content, date
        self._looked = 0.0

    @abstractmethod
    def read(self, session: Session) -> bool:
        """Take the content in. False: not now, ask again."""

    def refresh(self) -> None:
        """Read anew if the content, or the date, changed; looks at most every 0.3 s."""
        today = clock.today() if self.daily else None
        if time.monotonic() - self._looked < LOOK_AGAIN_SECONDS and self._held[1] == today:
            return
        try:
            with reading() as session:
                current = (catalog.version(session), today)
                if current != self._held and self.read(session):
                    self._held = current
        except SQLAlchemyError:
            pass
        self._looked = time.monotonic()
