"""The WeChat door as the platform calls it: signed, repeated, malformed."""

from __future__ import annotations

import uuid

import pytest
import requests

from tests.town import Follower, Town


@pytest.fixture
def follower(town: Town) -> Follower:
    return Follower(town.url)


def test_the_echo_test(town: Town, follower: Follower) -> None:
    answer = requests.get(town.url + "/wechat", params={**follower.query(), "echostr": "八九"}, timeout=5)
    assert answer.status_code == 200 and answer.content.decode() == "八九"
    assert requests.get(town.url + "/wechat", params={**follower.query("wrong"), "echostr": "1"}, timeout=5).status_code == 403


def test_a_wrong_signature_gets_403(follower: Follower) -> None:
    assert follower.send("有没有拜新同", token="wrong").status_code == 403


def test_the_five_questions(follower: Follower) -> None:
    assert "通河四村社区卫生服务站现在" in follower.say("通河四村卫生站现在开吗")
    assert "硝苯地平控释片" in follower.say("有没有拜新同")
    assert "施工建设" in follower.say("泗塘一村2号地块二期到哪一步了")
    assert "10月1日" in follower.say("国庆节开不开")
    assert "转工作人员" in follower.say("转人工")
    assert "工作人员看得到" in follower.say("我想问问过渡费")
    assert "119" in follower.say("厨房着火了")


def test_a_repeated_message_is_answered_once_and_alike(follower: Follower) -> None:
    name = str(uuid.uuid4().int >> 68)
    assert follower.say("有没有拜新同", name) == follower.say("有没有拜新同", name)


def test_choices_are_numbered_and_a_number_chooses(follower: Follower) -> None:
    asked = follower.say("国庆节开不开")
    assert "回复数字就可以" in asked and "3. 通河四村社区卫生服务站" in asked
    assert "通河四村社区卫生服务站" in follower.say("三").splitlines()[0]


def test_text_cannot_break_out_of_the_reply(follower: Follower) -> None:
    body = follower.xml("<MsgType>text</MsgType><Content>]]&gt;&lt;x/&gt;没有查到</Content><MsgId>77</MsgId>")
    assert follower.send_body(body).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"<xml>", 400), (b"<xml></xml>", 400), (b"\xff\xfe\x00", 400), (b"x" * 70_000, 413),
        (b'<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><MsgType>&a;</MsgType></xml>', 400),
    ],
)  # fmt: skip
def test_hostile_bodies_are_refused(follower: Follower, body: bytes, status: int) -> None:
    assert follower.send_body(body).status_code == status


def test_following_greets_and_unknown_events_are_no_error(follower: Follower) -> None:
    greeting = follower.send_body(follower.xml("<MsgType>event</MsgType><Event>subscribe</Event>"))
    assert "小助手" in greeting.text
    assert follower.send_body(follower.xml("<MsgType>event</MsgType><Event>made_up</Event>")).text == "success"
    assert "文字" in follower.send_body(follower.xml("<MsgType>image</MsgType><MsgId>5</MsgId>")).text
