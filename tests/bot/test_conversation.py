"""How a conversation goes on: what a short message leans on, corrections, what is asked back."""

from __future__ import annotations

import pytest

from tests.bot.conftest import Ask
from tests.bot.test_answers import text


def test_a_part_of_the_procedure_just_spoken_of(ask: Ask) -> None:
    answer = text(ask("居住证怎么办", "要钱吗"))
    assert answer.startswith("居住证办理\n费用：首次办证不收费") and "要带" not in answer


def test_a_procedure_tells_the_hours_of_the_window_it_names(ask: Ask) -> None:
    assert "居住证窗口，11月24日 周二 08:30–11:30、13:30–16:30" in text(ask("居住证怎么办"))


def test_a_short_question_leans_on_the_question_before_it(ask: Ask) -> None:
    answer = text(ask("我们楼里想加装电梯，要几户人家同意", "一楼的也要出钱吗"))
    assert "加装电梯各楼层出多少钱" in answer


@pytest.mark.parametrize("asked", ["在哪里啊", "地址呢"])
def test_a_bare_question_is_about_the_place_just_spoken_of(ask: Ask, asked: str) -> None:
    record = ask("卫生站今天几点开", asked)
    assert "公共客厅一楼东侧" in text(record)
    if record["intent"] == "follow_up":
        assert not record["buttons"]


@pytest.mark.parametrize("asked", ["泗塘那边有吗", "泗塘一村的呢"])
def test_the_same_medicine_at_another_estate(ask: Ask, asked: str) -> None:
    answer = text(ask("有没有拜新同", asked))
    assert "硝苯地平控释片" in answer and "泗塘一村社区卫生服务站" in answer and "通河四村" not in answer


def test_the_same_kind_of_place_at_another_estate(ask: Ask) -> None:
    answer = text(ask("居委会星期六上午有人吗", "泗塘一村的呢"))
    assert answer.startswith("泗塘一村居委会周六上午")


def test_the_same_medicine_in_another_form(ask: Ask) -> None:
    assert "盐酸氨溴索口服溶液" in text(ask("沐舒坦片有吗", "口服液有吗"))


def test_where_a_medicine_is_after_what_it_is(ask: Ask) -> None:
    answer = text(ask("保列治是什么药", "泗塘卫生站有吗"))
    assert "非那雄胺片" in answer and "泗塘一村社区卫生服务站：有货" in answer


def test_a_word_that_many_medicines_share_is_asked_about(ask: Ask) -> None:
    record = ask("有胰岛素吗")
    assert "哪一种" in text(record) and not record["facts"] and len(record["buttons"]) > 3
    assert "长秀霖" in text(ask("有胰岛素吗", next(button for button in record["buttons"] if "长秀霖" in button)))


def test_several_medicines_named_are_all_answered(ask: Ask) -> None:
    answer = text(ask("拜新同、格华止、络活喜有吗"))
    assert all(name in answer for name in ("硝苯地平控释片", "二甲双胍", "氨氯地平"))


def test_a_correction_asks_the_same_of_what_is_meant(ask: Ask) -> None:
    answer = text(ask("阅览室星期天下午开到几点", "不是阅览室，是亲子活动室"))
    assert answer.startswith("亲子活动室周日下午") and "17:00" in answer


def test_another_house_number_of_the_same_estate(ask: Ask) -> None:
    assert "泗塘一村13号属于泗塘一村3号地块" in text(ask("泗塘一村3号什么时候回搬", "不对，门牌是13号"))


def test_an_address_answers_what_was_asked_before_it(ask: Ask) -> None:
    answer = text(ask("我想问回搬什么时候", "我家是泗塘一村30号"))
    assert "泗塘一村4号地块的“回搬”还没到" in answer


def test_a_phase_alone_is_its_project(ask: Ask) -> None:
    assert "泗塘一村2号地块二期" in text(ask("3号地块进度怎么样", "那二期造到哪一步了"))


def test_a_lane_without_its_road(ask: Ask) -> None:
    assert "泗塘一村3号地块" in text(ask("220弄15号旧改到哪一步了"))


def test_the_weather_is_no_question_about_hours(ask: Ask) -> None:
    record = ask("明天会下大雪吗")
    assert not any(fact["kind"] == "place" for fact in record["facts"])


def test_a_day_of_past_trouble_is_no_fire(ask: Ask) -> None:
    assert not ask("上个月楼上着火烧了我家，救助金怎么申请")["urgent"]
    assert ask("楼上着火了")["urgent"]


def test_a_name_is_quoted_as_it_was_written(ask: Ask) -> None:
    """Dialect words before it are longer or shorter in the one spelling that is understood."""
    assert "“通河八村卫生站”" in text(ask("啥辰光通河八村卫生站开门"))


def test_a_question_beside_another_that_a_word_sets_apart(ask: Ask) -> None:
    record = ask("助餐点肯不肯把饭送到屋里，还有托老所电话多少")
    assert {"kind": "faq", "id": "meal-delivery"} in record["facts"] and "021-5555-0104" in text(record)


def test_by_night_both_numbers_are_given(ask: Ask) -> None:
    answer = text(ask("半夜水管漏了，物业电话多少"))
    assert "021-5555-0118（24小时）" in answer and "021-5555-0117" in answer


def test_a_number_by_what_is_said_of_it_after_another(ask: Ask) -> None:
    assert "021-5555-0118" in text(ask("物业电话多少", "夜里打什么号头"))


def test_whether_the_activity_just_spoken_of_needs_booking(ask: Ask) -> None:
    record = ask("广场舞练习是哪天", "要先报名伐")
    assert {"kind": "activity", "id": "dance-evening"} in record["facts"]


def test_whether_the_medicine_just_spoken_of_needs_a_prescription(ask: Ask) -> None:
    assert "处方药" in text(ask("有没有拜新同", "要不要处方才好拿"))


def test_a_word_for_one_medicine_and_one_for_many_mean_the_one(ask: Ask) -> None:
    answer = text(ask("长秀霖胰岛素有吗"))
    assert "长秀霖" in answer and "哪一种" not in answer


def test_what_stands_before_an_estates_kind_may_be_no_name(ask: Ask) -> None:
    assert "没有查到" not in text(ask("我半夜回到小区，垃圾房锁了，垃圾放哪里"))


def test_a_brand_by_its_sound_is_told_by_its_name(ask: Ask) -> None:
    assert "拜唐苹就是阿卡波糖片" in text(ask("拜糖平有货伐"))


@pytest.mark.parametrize("asked", ["这个收钱伐", "要出钱的吗"])
def test_what_the_procedure_just_spoken_of_costs(ask: Ask, asked: str) -> None:
    answer = text(ask("居住证怎么办", asked))
    assert answer.startswith("居住证办理\n费用：") and "要带" not in answer


def test_a_correction_after_words_of_regret(ask: Ask) -> None:
    assert "泗塘一村4号地块" in text(ask("泗塘一村3号地块签约了吗", "哎呀我记错了，我讲的是4号地块"))


def test_a_part_does_not_alarm_where_the_whole_does_not(ask: Ask) -> None:
    record = ask("我爹瘫痪了，我替他去配药，两张身份证都要带吗")
    assert not record["urgent"] and {"kind": "guide", "id": "proxy-medicine"} in record["facts"]


def test_said_more_simply_an_answer_is_its_first_line_its_source_and_a_person(ask: Ask) -> None:
    whole = ask("社保卡补办")["answers"][0].split("\n")
    record = ask("社保卡补办", "说简单点")
    assert record["answers"][0].split("\n") == [*whole[:2], whole[-1]]
    assert record["buttons"] == ["转人工"]
    steps = ask("居住证怎么办", "说简单点")["answers"][0].split("\n")
    assert steps[1] == "怎么办：" and [line[:2] for line in steps[2:-1]] == ["1.", "2.", "3.", "4."]
    assert ask("太长了看不过来")["answers"] == ["我还没有说过什么。您想问什么？"]
