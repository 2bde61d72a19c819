"""Log lines that no input can forge: line breaks and control characters are written as escapes."""

import logging
import re
import time

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

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


class RedisAwayFilter(logging.Filter):
    """Let the libraries around Redis tell an outage in one line, once in TOLD_EVERY_S.

    They log each failed attempt with its traceback, every second and per connection.
    """

    LIBRARIES = ("channels_redis", "celery", "kombu", "asyncio", "redis")
    CAUSES = (RedisError, OperationalError)
    TOLD_EVERY_S = 60.0

    def __init__(self) -> None:
        super().__init__()
        self.told_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the record, or drop it; others pass as they are."""
        library = record.name.partition(".")[0]
        error = record.exc_info[1] if record.exc_info else None
        if library not in self.LIBRARIES or not self.is_about_redis(error):
            return True
        now = time.monotonic()
        if now - self.told_at.get(record.name, -self.TOLD_EVERY_S) < self.TOLD_EVERY_S:
            return False
        self.told_at[record.name] = now
        record.msg, record.args = "Redis is away (%s)", (type(error).__name__,)
        record.exc_info = record.exc_text = None
        return True

    def is_about_redis(self, error: BaseException | None) -> bool:
        """Say whether the error, or what it came from, is Redis's."""
        while error is not None:
            if isinstance(error, self.CAUSES):
                return True
            error = error.__cause__ or error.__context__
        return False
