"""The whole main job in a real Chromium: a resident, a member of staff, and back to the bot."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.town import ADMIN, PASSWORD, Follower, Town

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
NEW_PASSWORD = "my-own-long-password"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
    assert path, "Chromium is missing: make browser"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def staff(browser: Browser, town: Town) -> Iterator[Page]:
    """The desk, logged in for the first time: the one-time password has to be changed."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    page.goto(town.url + "/desk/")
    page.fill("#username", ADMIN)
    page.fill("#password", "wrong-password")
    page.click("button.main")
    expect(page.locator(".problem")).to_contain_text("不对")
    page.fill("#username", ADMIN)
    page.fill("#password", PASSWORD)
    page.click("button.main")
    page.fill("#new", NEW_PASSWORD)
    page.fill("#again", NEW_PASSWORD)
    page.click("button.main")
    expect(page.locator("#list")).to_be_visible()
    yield page
    page.context.close()


def say(page: Page, text: str) -> None:
    page.fill("#text", text)
    page.click(".send")


def hear(page: Page, text: str) -> None:
    expect(page.locator("#messages .row:not(.resident)", has_text=text).last).to_be_visible(timeout=15_000)


def test_questions_take_over_answer_hand_back(browser: Browser, town: Town, staff: Page) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    staff.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(town.url)
    say(page, "通河四村卫生站现在开吗")
    hear(page, "通河四村社区卫生服务站现在")
    say(page, "有没有拜新同")
    hear(page, "拜新同就是硝苯地平控释片")
    say(page, "泗塘一村2号地块二期到哪一步了")
    hear(page, "下一步：竣工验收")
    say(page, "国庆节开不开")
    hear(page, "10月1日")
    say(page, "转人工")
    hear(page, "正在为您转工作人员")
    expect(page.locator("#speaker")).to_have_text("正在转工作人员，请稍等")
    staff.locator(".conversations a", has_text="要找人").first.click()
    expect(staff.locator(".thread")).to_contain_text("有没有拜新同")
    expect(staff.locator("summary", has_text="问有没有药")).to_be_visible()
    staff.get_by_role("button", name="接手").click()
    expect(page.locator("#speaker")).to_have_text("工作人员 管理员 正在为您服务", timeout=10_000)
    staff.fill("#reply", "王阿姨您好，我是居委会小李。")
    staff.click(".reply button")
    hear(page, "我是居委会小李")
    expect(staff.locator("#reply")).to_have_value("")
    staff.fill("#reply", "写到一半")
    say(page, "好的，我下午来")
    expect(staff.locator(".thread")).to_contain_text("好的，我下午来", timeout=10_000)
    expect(staff.locator("#reply")).to_have_value("写到一半")
    staff.get_by_role("button", name="交还小助手").click()
    expect(page.locator("#speaker")).to_have_text("小助手为您服务", timeout=10_000)
    say(page, "敬老卡怎么办")
    hear(page, "敬老卡")
    page.reload()
    hear(page, "我是居委会小李")
    assert not errors
    context.close()


def test_a_message_on_wechat_reaches_the_desk_and_the_reply_the_follower(town: Town, staff: Page) -> None:
    follower = Follower(town.url)
    follower.say("转人工")
    staff.goto(town.url + "/desk/")
    staff.locator(".conversations a", has_text="微信").first.click()
    staff.get_by_role("button", name="接手").click()
    staff.fill("#reply", "您好，请讲。")
    staff.click(".reply button")
    expect(staff.locator(".thread")).to_contain_text("您好，请讲。")
    assert "您好，请讲。" in follower.say("在吗")
    staff.get_by_role("button", name="交还小助手").click()
    expect(staff.get_by_role("button", name="接手")).to_be_visible()


def test_pages_have_no_serious_accessibility_problem(browser: Browser, town: Town, staff: Page) -> None:
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(town.url)
    say(page, "国庆节开不开")
    hear(page, "10月1日")
    staff.goto(town.url + "/desk/?show=all")
    for one in (page, staff):
        found = Axe().run(one).response["violations"]
        assert not [violation["id"] for violation in found if violation["impact"] in ("serious", "critical")], found
    for button in page.locator("button").all():
        box = button.bounding_box()
        assert box is None or box["height"] >= 44
    page.context.close()
