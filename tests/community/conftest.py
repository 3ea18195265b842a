"""Property tests run the same examples every time, however slow the machine: a red run is about the code."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")
