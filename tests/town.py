"""A whole running installation for tests: Redis, actions, bot and web as real processes on free loopback ports."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import requests

from community.settings import ROOT

ADMIN, PASSWORD, TOKEN = "admin", "one-time-password", "wechat-test-token"
ORDER = ("redis", "actions", "bot", "web")


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Town:
    """Start with `start_all`; `kill` and `start` single processes; `stop` ends what this object started."""

    def __init__(self, folder: Path, models: Path, database_url: str = "") -> None:
        web, bot, actions, redis = free_ports(4)
        self.url = f"http://127.0.0.1:{web}"
        self.ports = {"web": web, "bot": bot, "actions": actions, "redis": redis}
        self.folder = folder
        self.env = {
            **os.environ,
            "JMK_DATA_DIR": str(folder), "JMK_MODELS_DIR": str(models), "JMK_PORT": str(web), "JMK_BOT_PORT": str(bot),
            "JMK_ACTIONS_PORT": str(actions), "JMK_REDIS_PORT": str(redis), "JMK_WECHAT_TOKEN": TOKEN,
            "JMK_ADMIN_PASSWORD": PASSWORD, "JMK_BOT_TOKEN": "private", "JMK_DATABASE_URL": database_url,
        }  # fmt: skip
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def jmk(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "jmk", *args], env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)

    def start_all(self) -> None:
        done = self.jmk("prepare")
        assert done.returncode == 0, done.stderr[-2000:]
        for name in ORDER:
            self.start(name)
        self.wait_ready()

    def start(self, name: str) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        self._running[name] = subprocess.Popen(
            [sys.executable, "-m", "jmk", "serve", name], env=self.env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )

    def kill(self, name: str, alone: bool = False) -> None:
        """kill -9 of the process and what it started; `alone`: of the process only, what it started has to end by itself."""
        process = self._running.pop(name)
        (os.kill if alone else os.killpg)(process.pid, signal.SIGKILL)
        process.wait()

    def turn(self, conversation: str, text: str) -> list[str]:
        """What the bot says to a message, asked on a connection of its own, so by whichever of its processes takes it."""
        body = {"conversation": conversation, "message_id": uuid.uuid4().hex, "text": text}
        url = f"http://127.0.0.1:{self.ports['bot']}/webhooks/community/turn"
        answer = requests.post(url, json=body, headers={"Authorization": f"Bearer {self.env['JMK_BOT_TOKEN']}"}, timeout=30)
        return [reply["text"] for reply in answer.json()["replies"]]

    def wait_ready(self, seconds: int = 120) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for name, process in self._running.items():
                assert process.poll() is None, f"{name} ended:\n{(self.folder / f'{name}.log').read_text(errors='replace')[-2000:]}"
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=3) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.2)
        raise AssertionError("not ready in time")

    def stop(self) -> None:
        for name in list(self._running):
            self.kill(name)


class Resident:
    """Somebody on the web chat, by its API."""

    def __init__(self, url: str) -> None:
        self._url = url + "/api/chat"
        begun = requests.post(self._url + "/sessions", timeout=10)
        assert begun.status_code == 201
        self.token = begun.json()["token"]
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def post(self, body: Any, **more: Any) -> requests.Response:
        return requests.post(self._url + "/messages", json=body, headers=self.headers, timeout=15, **more)

    def say(self, text: str, client_id: str | None = None) -> list[dict[str, Any]]:
        """The answer: at once, or (a busy machine) with what comes later, as the contract has it."""
        answer = self.post({"client_message_id": client_id or str(uuid.uuid4()), "text": text})
        assert answer.status_code == 200, answer.text
        return answer.json()["messages"] or self._later()

    def _later(self, seconds: int = 30) -> list[dict[str, Any]]:
        """What is said after the resident's last message."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            history = self.history()
            last = max(n for n, message in enumerate(history) if message["from"] == "resident")
            if history[last + 1 :]:
                return history[last + 1 :]
            time.sleep(0.2)
        raise AssertionError(f"no answer: {self.history()}")

    def history(self) -> list[dict[str, Any]]:
        return requests.get(self._url + "/messages", headers=self.headers, timeout=10).json()["messages"]

    def wait_for(self, count: int, sender: str, seconds: int = 60) -> list[dict[str, Any]]:
        """The messages of `sender` once there are `count`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                found = [message for message in self.history() if message["from"] == sender]
                if len(found) >= count:
                    return found
            except requests.RequestException:
                pass
            time.sleep(0.2)
        raise AssertionError(f"no {count} messages from {sender}: {self.history()}")


class Follower:
    """Somebody on WeChat: signed callbacks as the platform makes them."""

    def __init__(self, url: str) -> None:
        self._url = url + "/wechat"
        self.openid = "o" + uuid.uuid4().hex[:27]

    def query(self, token: str = TOKEN) -> dict[str, str]:
        stamp, nonce = str(int(time.time())), uuid.uuid4().hex[:10]
        signature = hashlib.sha1("".join(sorted([token, stamp, nonce])).encode()).hexdigest()
        return {"signature": signature, "timestamp": stamp, "nonce": nonce}

    def send(self, text: str, message_id: str | None = None, token: str = TOKEN) -> requests.Response:
        inner = (
            f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content><MsgId>{message_id or uuid.uuid4().int >> 68}</MsgId>"
        )
        return self.send_body(self.xml(inner), token)

    def xml(self, inner: str) -> bytes:
        return (
            f"<xml><ToUserName><![CDATA[gh_test]]></ToUserName><FromUserName><![CDATA[{self.openid}]]></FromUserName>"
            f"<CreateTime>{int(time.time())}</CreateTime>{inner}</xml>"
        ).encode()

    def send_body(self, body: bytes, token: str = TOKEN) -> requests.Response:
        return requests.post(self._url, params=self.query(token), data=body, headers={"Content-Type": "text/xml"}, timeout=15)

    def say(self, text: str, message_id: str | None = None) -> str:
        """The words of the passive reply, checked as the platform's document asks."""
        answer = self.send(text, message_id)
        assert answer.status_code == 200, answer.text
        root = ElementTree.fromstring(answer.content)
        assert root.findtext("ToUserName") == self.openid
        assert root.findtext("FromUserName") == "gh_test"
        assert root.findtext("MsgType") == "text"
        assert (root.findtext("CreateTime") or "").isdigit()
        return root.findtext("Content") or ""
