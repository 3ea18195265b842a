"""Every Chinese sentence that the doors and the desk say by themselves."""

from __future__ import annotations

# To residents
GREETING = "您好，我是家门口的小助手。\n您可以直接问，比如：卫生站现在开吗、有没有拜新同、敬老卡怎么办。\n想找人，发“转人工”。"
STILL_LOOKING = "收到了，正在查，请稍等一下。"
BOT_FAILED = "对不起，小助手现在有点问题，没能查到。\n已经为您转工作人员，您的话他们都能看到。"
TEXT_ONLY = "我现在只看得懂文字。\n请用文字告诉我，或者发“转人工”。"
WECHAT_LATER = "还在查，请稍等。\n过一会儿发任意内容，就能看到回答。"
WECHAT_STAFF = "收到，工作人员看得到。\n有了回复，您发任意内容就能看到。"
CHOOSE = "回复数字就可以："
MORE_WAITS = "（还有内容，发任意内容继续看）"

# Errors of the chat API (code: sentence)
ERRORS = {
    "bad_json": "消息格式不对，请刷新页面再试。",
    "bad_id": "消息格式不对，请刷新页面再试。",
    "empty": "请先写点什么再发送。",
    "too_long": "一次最多写2000个字，请分几次发。",
    "no_session": "页面放得太久了，请刷新一下。",
    "too_fast": "发得太快了，请稍等几秒再发。",
    "unavailable": "系统正忙，您的话没有丢，请稍后再试。",
}

# The desk
REASONS = {
    "asked": "要找人",
    "upset": "情绪不好",
    "emergency": "紧急",
    "not_understood": "没听懂两次",
    "repair": "报修",
    "failure": "系统故障",
}
OWNERS = {"bot": "小助手", "queue": "等待接手", "staff": "人工"}
DOORS = {"web": "网页", "wechat": "微信"}
LOGIN_FAILED = "用户名或密码不对，请再试一次。"
LOGIN_THROTTLED = "试的次数太多了，请等十分钟再试。"
FORM_EXPIRED = "页面过期了，请刷新后再试。"
PASSWORDS_DIFFER = "两次输入的新密码不一样。"
EMPTY_REPLY = "请先写回复再发送。"

INTENTS = {
    "ask_hours": "问开门时间", "ask_location": "问地址", "ask_phone": "问电话", "ask_place": "问场所", "ask_medicine_stock": "问有没有药",
    "ask_medicine_info": "问药品类别", "ask_medicine_advice": "问用药建议", "ask_progress": "问旧改进度", "ask_guide": "问办事",
    "ask_activity": "问活动", "faq": "常见问题", "follow_up": "接着问", "handoff": "要找人", "complain": "不满意",
    "emergency": "紧急情况", "report_repair": "报修", "nlu_fallback": "没听懂", "out_of_scope": "不相关", "greet": "问好", "thanks": "道谢",
    "goodbye": "告别", "affirm": "同意", "deny": "不要", "bot_challenge": "问是不是机器人", "help": "问怎么用", "repeat": "再说一遍",
}  # fmt: skip
