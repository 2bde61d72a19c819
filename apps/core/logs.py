"""Log lines that no input can forge: line breaks and control characters are written as escapes."""

import logging
import re

CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def escape_controls(text: str) -> str:
    """Return the text with control characters as visible escapes: 'a\\nb' → 'a\\\\nb'."""
    return CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


class OneLineFormatter(logging.Formatter):
    """`time level logger: message` in one line; a traceback follows on lines of its own."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = escape_controls(record.message)
        return super().formatMessage(record)
