"""A bot as a server, with Redis and the action server beside it: how long it takes to start, what memory it holds, turns a second."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from community.settings import ROOT

WAIT_SECONDS = 300
RESIDENTS = {1: 60, 16: 160, 200: 400}  # how many at once, and turns in all


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def _process(command: list[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


def serve(side: str, model: Path, work: Path, questions: list[str]) -> dict[str, Any]:
    """Start a side as its users start it, and put it under load. Seconds, MB, turns a second."""
    bot, actions, redis = free_port(), free_port(), free_port()
    ports = {"JMK_BOT_PORT": str(bot), "JMK_ACTIONS_PORT": str(actions), "JMK_REDIS_PORT": str(redis)}
    env = {**os.environ, **ports, "JMK_MODELS_DIR": str(model.parent)}
    jmk = [sys.executable, "-m", "jmk", "serve"]
    command = [*jmk, "bot"] if side == "ours" else _rasa_run(model, bot, actions, work)
    with _process([*jmk, "redis"], env, work / "redis.log"), _process([*jmk, "actions"], env, work / "actions.log"):
        _wait(redis)
        _wait(actions)
        start = time.perf_counter()
        with _process(command, env, work / f"{side}.log") as process:
            _wait(bot, process)
            asyncio.run(_load(side, bot, 1, questions[:1]))
            figures: dict[str, Any] = {"start_s": time.perf_counter() - start}
            asyncio.run(_load(side, bot, 4, questions[:40]))
            figures["turns_s"] = {
                str(residents): asyncio.run(_load(side, bot, residents, (questions * turns)[:turns]))
                for residents, turns in RESIDENTS.items()
            }
            figures["memory_mb"] = _memory(process.pid)
    return figures


def _rasa_run(model: Path, port: int, actions: int, work: Path) -> list[str]:
    (work / "credentials.yml").write_text("rest:\n", encoding="utf-8")
    told = (ROOT / "endpoints.yml").read_text(encoding="utf-8").replace("127.0.0.1:5055", f"127.0.0.1:{actions}")
    (work / "endpoints.yml").write_text(told, encoding="utf-8")
    start = "import sys; from rasa.__main__ import main; sys.argv[0] = 'rasa'; main()"
    options = ["--model", str(model), "--credentials", str(work / "credentials.yml"), "--endpoints", str(work / "endpoints.yml")]
    return [sys.executable, "-c", start, "run", "--interface", "127.0.0.1", "--port", str(port), *options]


def _wait(port: int, process: subprocess.Popen[bytes] | None = None) -> None:
    """Until something listens. Raises RuntimeError if the process ends, or nothing does in time."""
    for _ in range(WAIT_SECONDS * 20):
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the process at port {port} ended with status {process.returncode}; see its log")
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens at port {port} after {WAIT_SECONDS} s")


async def _load(side: str, port: int, residents: int, questions: list[str]) -> float:
    """Turns a second with so many residents, each waiting for an answer before the next question."""
    waiting = list(questions)

    async def resident(session: aiohttp.ClientSession) -> None:
        sender = uuid.uuid4().hex
        while waiting:
            await _one(side, session, port, sender, waiting.pop())

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:
        start = time.perf_counter()
        await asyncio.gather(*(resident(session) for _ in range(residents)))
        return len(questions) / (time.perf_counter() - start)


async def _one(side: str, session: aiohttp.ClientSession, port: int, sender: str, text: str) -> None:
    """A turn. Raises RuntimeError where it is not answered; a server that is still loading is asked again."""
    place, body = (
        ("community/turn", {"conversation": sender, "message_id": uuid.uuid4().hex, "text": text})
        if side == "ours"
        else ("rest/webhook", {"sender": sender, "message": text})
    )
    for _ in range(WAIT_SECONDS * 20):
        async with session.post(f"http://127.0.0.1:{port}/webhooks/{place}", json=body) as answer:
            if answer.status == 200:
                await answer.json()
                return
            if answer.status != 503:
                raise RuntimeError(f"{side} answered {answer.status}: {await answer.text()}")
        await asyncio.sleep(0.05)
    raise RuntimeError(f"{side} did not become ready")


def _memory(pid: int) -> float:
    """What a process and those it started hold in memory, in MB (what they share is counted once: proc(5), Pss)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    own = next(int(line.split()[1]) / 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
    return own + sum(_memory(int(child)) for child in children)
