"""Words of the infrastructure on its pages: nothing is shown by its name in the code."""

from apps.infrastructure.choices import COMMAND_CHOICES
from apps.vocabulary.commands import Command


def test_command_when_any_then_it_has_one_label_of_its_own_in_words() -> None:
    labels = {value: str(label) for value, label in COMMAND_CHOICES}
    assert set(labels) == {command.value for command in Command}
    assert len(labels) == len(COMMAND_CHOICES) == len(set(labels.values()))
    assert not [label for value, label in labels.items() if label == value or "_" in label]
