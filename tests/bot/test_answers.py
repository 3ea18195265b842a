"""The main job: questions in residents' words, answered from the rows, with source and date."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from community import catalog, models
from community.database import writing
from tests.bot.conftest import Ask
from tests.conftest import SECOND, import_folder


def text(record: dict) -> str:
    return "\n".join(record["answers"])


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-11-24T09:30", "现在开着，11:30关门"),
        ("2026-11-24T12:00", "现在休息，13:00再开"),
        ("2026-11-24T07:00", "现在还没开，08:00开门"),
        ("2026-11-24T18:00", "下次开门：11月25日 周三 08:00–11:30、13:00–16:30"),
    ],
)
def test_open_now_is_right_by_the_clock(ask: Ask, now: str, words: str) -> None:
    record = ask("通河四村卫生站现在开吗", now=now)
    assert words in text(record)
    assert "示例" in text(record)
    assert {"kind": "place", "id": "health-station"} in record["facts"]


def test_a_brand_gives_the_stock_of_its_medicine_with_date_and_source(ask: Ask) -> None:
    answer = text(ask("有没有拜新同"))
    assert "拜新同就是硝苯地平控释片" in answer
    assert "通河四村社区卫生服务站：有货（11月22日更新）" in answer
    assert "来源：示例，2026年11月22日更新" in answer


def test_a_project_gives_its_stage_and_the_next(ask: Ask) -> None:
    answer = text(ask("泗塘一村2号地块二期到哪一步了"))
    assert "现在是“施工建设”" in answer
    assert "下一步：竣工验收，计划2027年5月6日" in answer


def test_an_address_finds_its_project_and_the_stage_asked_for(ask: Ask) -> None:
    answer = text(ask("我住泗塘一村12号，啥辰光能搬回去"))
    assert "泗塘一村12号属于泗塘一村2号地块二期" in answer
    assert "2027年8月15日" in answer


def test_the_national_day_by_the_holiday_calendar(ask: Ask) -> None:
    answer = text(ask("国庆节卫生站开不开", now="2026-09-28T10:00"))
    assert "10月1日" in answer and "08:30–11:00" in answer
    assert "届时通知" not in answer
    assert "以届时通知为准" in text(ask("国庆节卫生站开不开", now="2026-11-24T10:00"))


def test_no_place_named_gives_the_main_places_and_asks(ask: Ask) -> None:
    record = ask("国庆节开不开")
    assert "通河四村社区卫生服务站" in text(record)
    assert record["buttons"]


@pytest.mark.parametrize("asked", ["有拜新桐伐", "拜 新 同 有吗", "baixintong有吗", "有拜新同嗎？？？", "我想问一下哦，拜新同有伐，谢谢侬"])
def test_any_spelling_of_a_name(ask: Ask, asked: str) -> None:
    assert {"kind": "medicine", "id": "nifedipine-cr"} in ask(asked)["facts"]


def test_follow_ups_keep_what_was_said(ask: Ask) -> None:
    assert "明天（11月25日 周三）" in text(ask("卫生站现在开吗", "那明天呢"))
    assert "021-5555-0103" in text(ask("卫生站现在开吗", "那里电话多少"))
    assert "4号地块" in text(ask("2号地块到哪一步了", "那4号地块呢"))


def test_two_wishes_are_both_answered(ask: Ask) -> None:
    record = ask("卫生站几点关门，还有拜新同有伐")
    assert len(record["answers"]) == 2
    assert "11:30关门" in record["answers"][0] and "有货" in record["answers"][1]


@pytest.mark.parametrize("asked", ["通河八村卫生站几点开门", "坎地沙坦卫生站有货伐", "共康五村居委会电话几号"])
def test_what_is_in_no_table_is_said_so_and_a_person_offered(ask: Ask, asked: str) -> None:
    record = ask(asked)
    assert "没有查到" in text(record)
    assert "转人工" in record["buttons"] and not record["facts"]


def test_an_unknown_medicine_is_not_answered_with_the_one_before(ask: Ask) -> None:
    record = ask("有没有拜新同", "那坎地沙坦有货伐")
    assert not record["facts"]


@pytest.mark.parametrize("asked", ["拜新同一天吃几粒", "拜新同和二甲双胍能一起吃吗", "血压高吃什么药好"])
def test_medical_advice_is_refused(ask: Ask, asked: str) -> None:
    record = ask(asked)
    assert "不能给您建议" in text(record) and not record["facts"]


@pytest.mark.parametrize(
    ("asked", "number"),
    [("老伴胸口痛得厉害", "120"), ("厨房着火了", "119"), ("闻到煤气味道", "119"), ("不想活了", "12356"), ("叫我转账到安全账户", "96110")],
)
def test_an_emergency_comes_first(ask: Ask, asked: str, number: str) -> None:
    record = ask(asked)
    assert number in text(record)
    assert record["urgent"] and record["handoff"]


def test_twice_not_understood_gets_a_person(ask: Ask) -> None:
    record = ask("呜里哇啦咕噜咕噜", "叽里呱啦哗哗哗")
    assert record["handoff"]


def test_a_repair_is_taken_down_and_handed_over(ask: Ask) -> None:
    record = ask("楼道灯坏了", "3号楼2单元")
    assert "楼道灯坏了" in text(record) and "3号楼2单元" in text(record)
    assert record["handoff"]


def test_a_repair_told_whole_is_taken_down_at_once(ask: Ask) -> None:
    record = ask("通河四村31号101室外头的落水管断了一截")
    assert "落水管断了" in text(record) and "地点：通河四村31号101室" in text(record)
    assert record["handoff"] and "在什么地方" not in text(record)


def test_a_repair_does_not_take_the_next_question_for_the_place(ask: Ask) -> None:
    record = ask("屋顶漏了，动用维修基金怎么弄")
    assert "地点：动用" not in text(record)
    assert {"kind": "guide", "id": "repair-fund"} in record["facts"]


def test_a_repair_can_be_given_up(ask: Ask) -> None:
    assert "不办了" in text(ask("我要报修", "算了"))


def test_an_emergency_during_a_form_ends_the_form(ask: Ask) -> None:
    record = ask("我要报修", "老伴晕倒了")
    assert record["urgent"] and "楼号" not in text(record)


def test_text_that_looks_like_a_command_is_text(ask: Ask) -> None:
    record = ask("/handoff")
    assert not record["urgent"]
    assert record["intent"] != "ask_hours"


def test_a_new_medicine_is_understood_without_training(ask: Ask) -> None:
    with writing() as session:
        row = {
            "pos": 9999,
            "medicine_id": "new-one",
            "name": "沙库巴曲缬沙坦钠片",
            "brands": ["诺欣妥二号"],
            "aliases": [],
            "prescription": True,
            "source": "示例",
        }
        session.execute(insert(models.Medicine), [row])
        catalog.touch(session)
    assert {"kind": "medicine", "id": "new-one"} in ask("诺欣妥二号有伐")["facts"]


def test_a_second_community_replaces_the_first_with_no_training(ask: Ask) -> None:
    import_folder(SECOND)
    assert not ask("通河四村卫生站现在开吗")["facts"]
    record = ask("滨河里到哪一步了")
    assert {"kind": "project", "id": "riverside-facade"} in record["facts"]


def test_unclear_words_lean_on_the_project_just_spoken_of(ask: Ask) -> None:
    assert "2027年1月15日" in text(ask("4号地块到哪一步了", "老房子要到啥辰光拆"))
    assert "021-5555-0109" in text(ask("未来人民之家在哪里", "格么电话几号"))


def test_an_answer_that_may_not_be_the_one_meant_offers_others_and_a_person(ask: Ask) -> None:
    record = ask("预报说有大雨 我报名的那个还照常办吗")
    if record["facts"]:
        assert "不是您要问的？" in text(record)
    assert record["buttons"][-1] == "转人工" and len(record["buttons"]) > 1


def test_the_very_words_of_a_question_are_answered_without_ado(ask: Ask) -> None:
    record = ask("小区里可以放烟花爆竹吗？")
    assert {"kind": "faq", "id": "fire-firework"} in record["facts"]
    assert "关于" not in text(record) and not record["buttons"]


def test_a_question_in_other_words_is_found(ask: Ask) -> None:
    assert {"kind": "faq", "id": "util-pay-elder"} in ask("家里老人手机不灵光，水电费还能去柜台交伐")["facts"]


def test_a_correction_leaves_what_is_meant(ask: Ask) -> None:
    record = ask("2号地块到哪一步了", "不是2号，是4号地块")
    assert {"kind": "project", "id": "sitang1-block4"} in record["facts"]
    assert {"kind": "project", "id": "sitang1-block2-phase2"} not in record["facts"]


def test_a_named_activity_tells_its_next_date_when_it_is_not_on_that_day(ask: Ask) -> None:
    answer = text(ask("广场舞练习今天有吗"))
    assert "没有登记活动" in answer and "11月25日 周三 18:30" in answer


def test_closed_on_that_afternoon_tells_when_it_opens_next(ask: Ask) -> None:
    assert "下次开门：" in text(ask("就业服务的窗口明天下午开吗", now="2026-12-07T09:30"))


@pytest.mark.parametrize("asked", ["爸爸刚才吃饭吃到一半筷子掉了，话也讲不清楚", "姆妈留了张条子说不想拖累我们，人寻不着了"])
def test_an_emergency_that_no_pattern_foresees(ask: Ask, asked: str) -> None:
    record = ask(asked)
    assert record["urgent"] and record["handoff"]


@pytest.mark.parametrize("asked", ["摔跤比赛电视几点放", "农药残留怎么洗", "落水管断了帮我报修"])
def test_words_of_danger_alone_do_not_alarm(ask: Ask, asked: str) -> None:
    assert not ask(asked)["urgent"]
