"""What the words of a normalised message tell by themselves: patterns, and two predicates, that the decider looks at."""

from __future__ import annotations

import re
from typing import Any

from bot.segmenter import asking_words, segmenter
from bot.tokenizer import fillers
from community.catalog import DOSAGE_FORMS

ELLIPSIS = re.compile(
    r"^(?:那么?|还有|噢|哦|啊)?[，, ]*(?:X|[那这](?:边|里|块|家|个|只)|一个|[，,、 的和跟a-z])*(?:呢|怎么样|怎么说|也是吗|也一样吗|啊|呀|吗)?[，, ]*(?:也?是?一样的?吗)?[？?。！! ]*$"
)
# What a question may ask without saying of what; the other words of such a question are those of question_words.txt.
BARE = {"钱", "多少钱", "收钱", "免费", "收费", "费用", "在", "哪", "哪里", "哪儿", "地址", "几楼", "楼", "几天", "多久", "多长时间", "材料", "证件",
        "带", "办", "电话", "号码", "地方", "几点", "时候", "什么时候"}  # fmt: skip
FORM_ALONE = re.compile(
    rf"^(?:那么?)?(?:有没有)?(?:{'|'.join([*DOSAGE_FORMS, '片剂', '药水', '针', '冲剂', '药膏'])})(?:的)?(?:有没有|有货|有)?(?:吗|呢)[？?。！! ]*$"
)
ASKS_PROGRESS = re.compile(r"\d期.{0,8}(?:搬|拆|造|盖|签|动工|开工|完工|进度|到哪|怎么样了)")
ELSEWHERE = re.compile(
    r"^那么?[一-鿿\d]{2,6}(?:那边|那里|的|那个|一个|那家)*呢[？?]?$|^[一-鿿\d]{2,6}(?:那边|那里)?(?:那个|一个|那家)呢[？?]?$"
)
THAT_ONE = re.compile(r"那[边里个家]|一个")
CORRECTED = "我问的是"  # what turn.py puts before what a correction leaves
CORRECTS = re.compile(r"^我(?:问|讲|说|指)的?(?:就|其实)?是")
ASKS = re.compile(r"几|什么|怎么|多少|哪|吗|能不能|可以|有没有|电话|地址|号码|要不要|收不收|开不开")
OPEN_WORDS = re.compile(r"开|关|休息|放假|上班|下班|营业|几点|时间|有人|在不在|办公|值班|做到|到几|来得及|来不来")
TIME_ALONE = re.compile(r"^(?:那么?)?X(?:也|还|都|是|可以|能|好)*[开测量配办有来去做抽打看理修]{0,2}(?:的|得)?(?:吗|不)[？?。！! ]*$")
MEAL_ALONE = re.compile(r"^(?:那么?)?(?P<meal>早饭|早点心|中饭|午饭|夜饭|晚饭)(?:呢|吗)?[？?]?$")
HAVE_IT = re.compile(r"^(?:那么?)?X(?:那边|那里|这边)?(?:有没有|有货|有)(?:货|的)?(?:吗|呢)?[？?。！! ]*$")
WHEN_OR_WHERE = re.compile(r"有货|还剩|几号|哪天|什么时候(?:到|有|来)|哪里有|哪个站|有没有(?!副作用|影响|关系)|到货|来拿|配得到")
STOCK_WORDS = re.compile(r"有货|缺货|断货|到货|库存|配(?:得|不)(?:到|着)|(?:能|好|可以)配")
HANDOFF_WORDS = re.compile(
    r"(?:转|接|要|找|叫|寻|换|喊)(?:一?个|一下)?(?:人工|真人|活人)(?!智能|费|湖|耳蜗)|^人工(?:服务|客服)?$|(?:叫|让|请|找|派)(?:一?个|您?们)*(?:工作人员|同志|人)(?:来|再)?(?:打|回|给|联系)(?:个|一个)?(?:电话)?(?:给)?我"
)
ASKS_WHEN = re.compile(r"几点|礼拜几|星期几|周几|什么时候|哪天|几号|报名|参加")
ASKS_NUMBER = re.compile(
    r"(?:电话|热线|号码|号头)(?:号码)?(?:是)?(?:多少|几号|几|有吗|有没有|呢|告诉|给我|发我|报)|打(?:什么|哪个|哪只|几号)(?:电话|号码|热线|号头|号)?"
    r"|(?:什么|哪个|哪只)(?:电话|号码|热线|号头)|有没有.{0,12}(?:热线|电话)"
)
PART_ALONE = 14  # characters of a question about a part of the procedure before it
ASKS_PART = re.compile(
    r"带|材料|工本费|付|出钱|出钞票|收钱|收不收|贴钱|补贴|证件|多少钱|收费|免费|费用|要钱|几天|多久|多长时间|哪里办|在哪|去哪|窗口|手续|流程|代办|代我|帮我办|谁能办"
)
ASKS_WHERE = re.compile(
    r"(?:在|开在?了?|开到|搬到?了?|设在)(?:什么地方|哪里|哪条路|什么路)(?![办领交配换买登借])|[在几]?[几哪](?:楼|层|号楼)(?!上|下)|门牌|怎么走|的?地址(?:$|是|在|呢|多少|发|给)"
)
FORMALITIES = re.compile(
    r"带什么|要带|带点|带些|带好|带哪|证件|材料|资料|手续|登记|申请|要准备|几个工作日|几天|多久(?:给|能|好|办)|多长时间|哪个窗口|什么窗口|补一张"
)
NEAR_IT = re.compile(r"离.{1,14}(?:最近|不远|近的|多远)")  # the place is only where something else is looked for
ASKS_SPAN = re.compile(r"几点(?:钟)?(?:到|开|关|收|结束|下班|上班)|到几点|开到|做到几|收到几")
# What a question for a number may say without telling whose.
PHONE_TALK = re.compile(
    r"电话|号码|号头|热线|联系|[打问报给找人]|告诉|一[个下]|多少|几号?|什么|哪[个里]|[那这][边里个]?|[我的吗呢有吧您]|请"
)
PHONE_WORDS = re.compile(r"电话|号码|热线|联系|打什么|打哪")
NO_NAME = re.compile(r"[我你您他她们这那哪的了吗呢吧啊是]")  # in a word that the segmenter made up ("们愿")


def is_ellipsis(text: str, entities: list[dict[str, Any]], names: set[str]) -> bool:
    """ "那明天呢", "泗塘一村的呢", "拜新同": names and times with nothing but particles around them."""
    if CORRECTS.match(text) and not ASKS.search(text) and {entity["entity"] for entity in entities} & names:
        return True
    rest = text
    for entity in sorted(entities, key=lambda e: -e["start"]):
        if entity["entity"] not in ("guess", "unknown") and "X" not in rest[entity["start"] : entity["end"]]:
            rest = rest[: entity["start"]] + "X" + rest[entity["end"] :]
    rest = fillers().sub("", rest).strip()
    if {entity["entity"] for entity in entities} == {"time"} and TIME_ALONE.match(rest):
        return True
    only_places = {entity["entity"] for entity in entities} <= {"place", "unknown", "address"}
    return "X" in rest and bool(ELLIPSIS.match(rest) or (only_places and HAVE_IT.match(rest)))


def is_bare(text: str) -> bool:
    """A question without anything it is about ("要钱吗", "在哪里啊"): what was said before tells."""
    words = [word for word in segmenter().cut(fillers().sub("", text), HMM=False) if word.isalnum()]
    return bool(words) and all(word in asking_words() or word in BARE for word in words) and any(word in BARE for word in words)
