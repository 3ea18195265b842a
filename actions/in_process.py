"""The custom actions as an endpoint that needs no server: for `jmk ask`, `jmk evaluate` and tests."""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import ActionExecutor


class InProcessActions:
    """Answers Rasa's action requests in this process, by the executor that the action server uses."""

    kwargs: dict[str, Any] = {}

    def __init__(self) -> None:
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    async def request(self, method: str = "post", **kwargs: Any) -> Any:
        """Run the action of `kwargs["json"]` (Rasa's action request) and give its response."""
        return await self._executor.run(kwargs["json"])
