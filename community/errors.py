"""The exceptions of the domain. Each carries a code for the log and a sentence for the person."""

from __future__ import annotations


class CommunityError(Exception):
    """Base of all errors that a person is told about.

    Attributes: code (str, for logs and APIs), sentence (str, plain Chinese).
    """

    code = "error"
    sentence = "刚才没有办成，请稍后再试。"

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or self.sentence)
        self.sentence = sentence or self.sentence


class NotFound(CommunityError):
    code = "not_found"
    sentence = "没有找到。"


class Conflict(CommunityError):
    """Somebody else was quicker, e.g. two members of staff took the same chat."""

    code = "conflict"
    sentence = "别人已经先处理了，请刷新看看。"


class Forbidden(CommunityError):
    code = "forbidden"
    sentence = "您没有这个权限。"


class Throttled(CommunityError):
    code = "throttled"
    sentence = "操作太频繁了，请稍等一会儿再试。"


class ContentErrors(CommunityError):
    """Every bad row of an import; `rows` holds `file:row column: why` (English, for admins' tools)."""

    code = "content"
    sentence = "文件里有错误，什么都没有改动。"

    def __init__(self, rows: list[str]) -> None:
        super().__init__()
        self.rows = rows

    def __str__(self) -> str:
        return "\n".join(self.rows)
