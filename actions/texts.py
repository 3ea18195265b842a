"""Every Chinese sentence that the actions compose from data. `domain/responses/` has those that need no data."""

from __future__ import annotations

HAND_OFF = "转人工"

# Footers
SOURCE = "（来源：{source}）"
SOURCE_DATED = "（来源：{source}，{on}更新）"
PROVISIONAL = "以届时通知为准。"

# Asking back
WHICH = "您问的是哪一个？"
WHICH_PLACE = "您问的是哪一处？"
WHICH_MEDICINE = "您想问哪一种药？请把药名发给我。"
WHICH_OF_THESE = "这样叫的药有好几种，您问的是哪一种？"
WHICH_GUIDE = "您想办什么事？请把事情的名字发给我。"
WHICH_PROJECT = "您家在哪个地块？也可以发门牌，比如“{example}”。"
DID_YOU_MEAN_ONE_OF = "您是想问下面哪一个？"
NOT_FOUND = "没有查到“{what}”。\n怕说错，不敢乱答。可以换个说法，或者点“转人工”。"
NO_DATA = "这个还没有登记。\n点“转人工”，请工作人员帮您查。"
NOTHING_NAMED = "没有听明白您问的是哪里。"

# Opening hours
OPEN_UNTIL = "{what}现在开着，{until}关门。"
OPEN_ALL_DAY = "{what}现在开着，全天开放。"
BREAK_UNTIL = "{what}现在休息，{until}再开。"
NOT_YET = "{what}现在还没开，{until}开门。"
CLOSED_NOW = "{what}现在关着。"
OPEN_AT = "{what}{label}（{day}）开着，{until}关门。"
CLOSED_AT = "{what}{label}（{day}）不开。"
DAY_HOURS = "{what}{label}开门：{spans}。"
DAY_CLOSED = "{what}{label}不开。"
DAY_LINE = "{day}：{spans}"
REST = "休息"
CLOSED_FOR = "因{reason}暂停"
TODAY_LINE = "今天：{spans}"
NEXT_OPEN = "下次开门：{day} {spans}。"
NO_NEXT_OPEN = "近两个月没有登记开门时间，请先打电话问问。"
USUAL_HEAD = "{what}平时的时间："
HOLIDAY = "法定节假日"
NO_HOURS = "{what}的开放时间还没有登记。"
CALL = "电话：{phone}"
SERVICE_ELSEWHERE = "{place}没有登记“{service}”。"
ALL_DAY = "全天"
NOTE = "提醒：{note}"
WEEKDAYS = "一二三四五六日"

# Places and contacts
WHERE = "{place}在：{address}。"
WHERE_IN = "就在{parent}里。"
ADDRESS = "地址：{address}"
SERVICES = "能办的：{services}。"
PHONE = "{name}：{phone}"
PHONE_WHEN = "{name}：{phone}（{hours}）"
NO_PHONE = "{name}的电话还没有登记。"

# Medicines
MEDICINE = "{name}（{about}）"
BRAND_IS = "{said}就是{name}。"
STOCK = {"in": "{place}：有货", "low": "{place}：有，但不多", "out": "{place}：缺货"}
EXPECTED = "，预计{on}到"
STOCK_ON = "（{on}更新）"
NO_STOCK = "{name}：卫生站的药品表里有这个药，但没有登记库存。请先打电话问。"
PRESCRIPTION = {True: "处方药，要医生开方。", False: "非处方药。"}
OTHER_BRANDS = "同一种药的其他牌子、规格："
NO_OTHER_BRANDS = "没有登记其他牌子。"
SAME_GENERIC = "同一种成分、有货的还有：{names}。能不能换，请先问医生或药师。"
MEDICINE_KIND = "{name}，属于{category}。"
BRANDS = "常见牌子：{brands}。"
SPEC = "规格：{spec}。"
CATEGORY = "{category}，现在登记有货的：{names}。"
CATEGORY_NONE = "{category}，现在没有登记有货的。"
MORE = "等{count}种"
ASK_DOCTOR = "怎么用，请听医生或药师的。"

# Renovation
STAGE_NOW = "{project}：现在是“{stage}”。"
STAGE_PERCENT = "总进度约{percent}%。"
STAGE_NEXT = "下一步：{stage}，{when}。"
STAGE_LAST = "这已经是最后一步。"
STAGE_DONE = "{project}的“{stage}”已经完成（{when}）。"
STAGE_RUNNING = "{project}的“{stage}”正在进行（{when}）。"
STAGE_PLANNED = "{project}的“{stage}”还没到，{when}。"
PLANNED = "计划{span}"
SINCE = "{day}开始"
STAGE_NOTE = "{note}。"
UNPLANNED = "时间还没定"
HOUSEHOLDS = "共{households}户。"
ADDRESS_IN = "{address}属于{project}。"
ADDRESS_NOWHERE = "没有查到{address}属于哪个改造项目。\n点“转人工”，请工作人员帮您查。"
ESTATE_HAS = "{estate}有下面几个项目："
ALL_PROJECTS = "现在登记的项目："
PROJECT_LINE = "{project}：{stage}"
CONTACT = "可以问：{contact}"

# FAQs and guides
NOT_THIS = "不是您要问的？请点下面的，或者“转人工”。"
FAQ = "关于“{question}”："
GUIDE = "{name}"
GUIDE_PARTS = {"who": "谁能办：{text}", "materials": "要带：{text}", "steps": "怎么办：{text}", "fee": "费用：{text}",
               "days": "多久：{text}", "place": "在哪办：{text}"}  # fmt: skip

# Activities
ACTIVITIES = "{label}的活动："
NO_ACTIVITIES = "{label}没有登记活动。"
NEXT_ACTIVITIES = "近期的活动："
ACTIVITY = "{name}：{when}"
ACTIVITY_AT = "，在{place}"
ACTIVITY_FOR = "（{audience}）"
ACTIVITY_ROOM = "，最多{capacity}人"

# People
HANDED_OFF = "好的，正在为您转工作人员。\n请稍等，您可以先把事情写下来，他们都能看到。"
HANDED_OFF_UPSET = "对不起，让您着急了。\n正在为您转工作人员，您说的他们都能看到。"
HANDED_OFF_MISSED = "对不起，我还是没听懂。\n正在为您转工作人员，请稍等。"
ASK_REPAIR_WHAT = "要修什么？请说一说哪里坏了。"
ASK_REPAIR_WHERE = "在什么地方？请说楼号、门牌，或者大概位置。\n不报了，发“算了”。"
REPAIR = "记下了：{what}\n地点：{where}\n正在转给工作人员，会有人联系您。"
NOT_UNDERSTOOD = "对不起，我没听懂。\n您可以换个说法，比如：卫生站几点开门、有没有某种药、某件事怎么办。"
NOTHING_TO_REPEAT = "我还没有说过什么。您想问什么？"
OUT_OF_ORDER = "现在查不到资料，不是您的问题。\n已经为您转工作人员，请稍等。"
