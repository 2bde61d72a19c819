"""The root of every error we raise on purpose; edges make a message or an answer of it."""

from typing import Any

from django.utils.functional import Promise


class AppError(Exception):
    """A request that cannot be done: a code for machines, a translatable message for people.

    `field` names the input at fault when there is one; `params` fill the message's named gaps.
    """

    code = "error"
    message: str | Promise = "Error"

    def __init__(self, field: str | None = None, **params: Any) -> None:
        self.field = field
        self.params = params
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message) % self.params if self.params else str(self.message)
