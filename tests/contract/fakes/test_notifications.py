"""The topic, the queue that keeps a copy, and the function that pages (SNS, SQS and Lambda APIs)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from recovery.errors import AwsBusyError, AwsError

if TYPE_CHECKING:
    from tests.contract.fakes.side import Side

ATTRIBUTES = {"severity": "page", "run": "rollback-1"}
DOCUMENT = {"severity": "page", "subject": "shop dev: rollback UNDONE", "run": "rollback-1", "at": 1_800_000_000.5}


def test_a_message_arrives_with_its_subject_and_attributes(side: Side) -> None:
    side.topic.publish("shop dev: rollback RESTORED", "It serves again ✓\nRun rollback-1", ATTRIBUTES)
    assert side.told() == ("shop dev: rollback RESTORED", "It serves again ✓\nRun rollback-1", ATTRIBUTES)


def test_a_long_subject_is_cut(side: Side) -> None:
    """SNS API, Publish.Subject: "less than 100 characters long"; it takes 100 (getmoto/moto#1503)."""
    side.topic.publish("s" * 300, "text", ATTRIBUTES)
    subject, text, _ = side.told()
    assert subject == "s" * len(subject)
    assert 80 <= len(subject) <= 100
    assert text == "text"


def test_an_empty_text_is_told_to_nobody(side: Side) -> None:
    """SNS API, MessageAttributeValue: "the message body should not be empty or null"."""
    with pytest.raises(AwsError) as refused:
        side.topic.publish("subject", "", ATTRIBUTES)
    assert not isinstance(refused.value, AwsBusyError)


def test_an_attribute_without_a_value_is_told_to_nobody(side: Side) -> None:
    """SNS API, MessageAttributeValue: "Name, type, and value must not be empty or null"."""
    with pytest.raises(AwsError) as refused:
        side.topic.publish("subject", "text", {**ATTRIBUTES, "run": ""})
    assert not isinstance(refused.value, AwsBusyError)


def test_a_copy_is_kept_as_it_was(side: Side) -> None:
    side.topic.keep(DOCUMENT)
    assert side.kept() == DOCUMENT


def test_what_is_no_json_is_not_kept(side: Side) -> None:
    """As an item of the control table is none, for its numbers."""
    with pytest.raises(TypeError):
        side.topic.keep({**DOCUMENT, "at": Decimal(1)})


def test_a_page_calls_the_notifying_function_without_waiting(side: Side) -> None:
    state = {"run": "rollback-1", "kind": "rollback", "cause": "it is overdue"}
    side.notify.page(state)
    assert side.paged() == {"step": "Escalate", "state": state}
