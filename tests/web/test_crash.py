"""kill -9 of any one process in the middle of a conversation: nothing is lost, nothing is said twice."""

from __future__ import annotations

import contextlib
import threading
import uuid

import pytest
import requests

from tests.town import Follower, Resident, Town


@pytest.mark.parametrize("name", ["redis", "actions", "bot", "web"])
def test_a_killed_process_loses_and_doubles_nothing(town: Town, name: str) -> None:
    resident = Resident(town.url)
    assert "硝苯地平" in resident.say("有没有拜新同")[0]["text"]
    sent = str(uuid.uuid4())

    def send() -> None:
        with contextlib.suppress(requests.RequestException):  # web was killed: the page sends it again, below
            resident.post({"client_message_id": sent, "text": "二甲双胍有吗"})

    sender = threading.Thread(target=send)
    sender.start()
    town.kill(name)
    sender.join()
    town.start(name)
    town.wait_ready()
    resident.say("二甲双胍有吗", sent)
    answers = [message["text"] for message in resident.wait_for(2, "bot")]
    assert len([text for text in answers if "二甲双胍" in text]) == 1
    assert len([text for text in answers if "拜新同就是" in text]) == 1
    assert "现在" in resident.say("卫生站现在开吗")[-1]["text"]
    own = [message["text"] for message in resident.history() if message["from"] == "resident"]
    assert own == ["有没有拜新同", "二甲双胍有吗", "卫生站现在开吗"]


def test_the_processes_of_the_bot_share_a_conversation(town: Town) -> None:
    for resident in ("甲", "乙", "丙", "丁"):
        assert "硝苯地平" in town.turn(resident, "有没有拜新同")[0]
        assert "格列齐特" in town.turn(resident, "那达美康呢")[0]


def test_the_processes_of_the_bot_end_with_their_parent(town: Town) -> None:
    town.kill("bot", alone=True)
    town.start("bot")
    town.wait_ready()
    assert "硝苯地平" in Resident(town.url).say("有没有拜新同")[0]["text"]


def test_what_wechat_repeats_after_a_crash_is_one_message(town: Town) -> None:
    follower = Follower(town.url)
    name = str(uuid.uuid4().int >> 68)
    first = follower.say("有没有拜新同", name)
    town.kill("web")
    town.start("web")
    town.wait_ready()
    assert follower.say("有没有拜新同", name) == first
