"""The web chat's contract, on running processes."""

from __future__ import annotations

import json
import uuid
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
import requests

from community import conversations, database
from community.staff_accounts import digest
from tests.town import Resident, Town


@pytest.fixture
def resident(town: Town) -> Resident:
    return Resident(town.url)


def test_the_five_questions(resident: Resident) -> None:
    def said(text: str) -> str:
        return "\n".join(message["text"] for message in resident.say(text))

    assert "通河四村社区卫生服务站现在" in said("通河四村卫生站现在开吗")
    assert "硝苯地平控释片" in said("有没有拜新同") and "11月22日" in said("有没有拜新同")
    assert "施工建设" in said("泗塘一村2号地块二期到哪一步了")
    assert "10月1日" in said("国庆节开不开")
    assert "转工作人员" in said("转人工")


def test_the_same_client_id_is_one_turn(resident: Resident) -> None:
    name = str(uuid.uuid4())
    first, again = resident.say("有没有拜新同", name), resident.say("有没有拜新同", name)
    assert first == again
    assert [message["from"] for message in resident.history()] == ["resident", "bot"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"client_message_id": "x", "text": "好"}, 400, "bad_id"), ({"client_message_id": "12345678", "text": "  "}, 400, "empty"),
        ({"client_message_id": "12345678"}, 400, "empty"), ([1], 400, "bad_json"), ({"client_message_id": "12345678", "text": "长" * 2001}, 413, "too_long"),
    ],
)  # fmt: skip
def test_bad_input_is_told_in_plain_words(resident: Resident, body: object, status: int, code: str) -> None:
    answer = resident.post(body)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert any("一" <= char <= "鿿" for char in answer.json()["error"]["message"])


def test_no_token_no_talk(town: Town) -> None:
    answer = requests.post(town.url + "/api/chat/messages", json={}, headers={"Authorization": "Bearer made-up"}, timeout=10)
    assert answer.status_code == 401


def test_too_fast_is_told_when_to_try_again(resident: Resident) -> None:
    for _ in range(40):
        answer = resident.post({"client_message_id": str(uuid.uuid4()), "text": "你好"})
        if answer.status_code == 429:
            assert int(answer.headers["Retry-After"]) > 0
            return
    raise AssertionError("never slowed down")


def test_events_resume_with_nothing_missed(town: Town, resident: Resident) -> None:
    resident.say("你好")
    resident.say("有没有拜新同")
    seen = [json.loads(data) for data in stream(town, resident, "0", 4)]
    assert [message["from"] for message in seen if "from" in message] == ["resident", "bot", "resident", "bot"]


def test_the_answer_of_another_worker_is_waited_for(town: Town, resident: Resident, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JMK_DATA_DIR", str(town.folder))
    sent = str(uuid.uuid4())
    with database.writing() as session:  # the sweep, or another web process, has taken the message first
        conversation = conversations.by_token(session, digest(resident.token))
        message = conversations.receive(session, conversation.id, "在吗", sent)
        assert conversations.claim_next(session, conversation.id) is message
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(resident.post, {"client_message_id": sent, "text": "在吗"})
        assert not wait({asked}, timeout=1).done
        with database.writing() as session:
            turn = {"replies": [{"text": "我在。", "buttons": []}], "facts": [], "handoff": None, "urgent": False, "understanding": []}
            conversations.store_answer(session, message.id, conversation.epoch, turn)
        assert [reply["text"] for reply in asked.result().json()["messages"]] == ["我在。"]


def stream(town: Town, resident: Resident, last: str, count: int) -> list[str]:
    headers = {**resident.headers, "Last-Event-ID": last}
    found = []
    with requests.get(town.url + "/api/chat/events", headers=headers, stream=True, timeout=10) as answer:
        for line in answer.iter_lines(decode_unicode=False):
            if line.startswith(b"data: "):
                found.append(line[6:].decode())
                if len(found) == count:
                    return found
    raise AssertionError(found)


def test_health(town: Town) -> None:
    assert requests.get(town.url + "/healthz", timeout=5).json() == {"status": "ok"}
    assert requests.get(town.url + "/readyz", timeout=5).json()["ready"] is True
    assert "jmk_messages_total" in requests.get(town.url + "/metrics", timeout=5).text


def test_doctor_finds_everything(town: Town) -> None:
    done = town.jmk("doctor")
    assert done.returncode == 0, done.stdout
    assert "JMK_WECHAT_TOKEN=***" in done.stdout
