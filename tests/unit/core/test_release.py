"""A release is its content: a document that says otherwise is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recovery.core.fingerprint import canonical, fingerprint
from recovery.core.release import Release, ReleaseError
from tests.unit.core.scenes import V1, V2, release


@pytest.mark.parametrize("given", [V1, release(7, reversible=False, note="<&>\u2028 é", parameters={"db": "/db:7"})])
def test_a_release_reads_back_as_it_was_written(given: Release) -> None:
    assert Release.of(json.loads(json.dumps(given.document()))) == given


def test_a_release_is_reversible_unless_it_says_that_it_is_not() -> None:
    document = V1.document()
    assert Release.of({name: value for name, value in document.items() if name != "reversible"}).reversible
    assert not Release.of({**document, "reversible": False}).reversible


@pytest.mark.parametrize(
    "wrong",
    [
        *({name: None} for name in ("template_id", "version", "fingerprint", "content")),
        {"template_id": 7},
        {"version": "1"},
        {"version": 1.0},
        {"content": "web-1.tar.gz"},
        {"content": []},
    ],
)
def test_a_document_without_a_part_is_no_release(wrong: dict[str, Any]) -> None:
    document = {name: value for name, value in {**V1.document(), **wrong}.items() if value is not None}
    with pytest.raises(
        ReleaseError, match="a release has a template_id, a version number, a fingerprint and its content"
    ):
        Release.of(document)


@pytest.mark.parametrize(
    "wrong", [{"template_id": "web"}, {"template_id": "$Latest"}, {"version": 0}, {"version": -1}, {"version": True}]
)
def test_what_is_no_numbered_version_of_a_template_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ReleaseError, match="is no numbered version of a launch template"):
        Release.of({**V1.document(), **wrong})


def test_a_content_that_its_fingerprint_is_not_of_is_refused_with_both() -> None:
    with pytest.raises(ReleaseError, match=f"the content's fingerprint is {V2.fingerprint}, not {V1.fingerprint}"):
        Release.of({**V1.document(), "content": V2.content})


def test_a_content_that_cannot_be_written_as_utf_8_is_refused_like_any_other() -> None:
    with pytest.raises(ReleaseError, match="the content's fingerprint is"):
        Release.of({**V1.document(), "content": {"note": "\ud800"}})


def test_the_version_number_is_no_part_of_the_content() -> None:
    assert release(1).fingerprint == Release.of({**V1.document(), "version": 9}).fingerprint


def test_types_and_parameters_are_read_from_the_content() -> None:
    assert V1.instance_types == ("m7g.large", "m6g.large")
    assert release(1, instance_types=None).instance_types == ()
    assert V1.parameters == {}
    assert release(1, parameters={"db": "/shop/db:7"}).parameters == {"db": "/shop/db:7"}


def test_the_fingerprint_does_not_depend_on_the_order_of_keys_and_does_on_everything_else() -> None:
    assert fingerprint({"a": 1, "b": [1, 2]}) == fingerprint({"b": [1, 2], "a": 1})
    different = [{"a": 1}, {"a": 2}, {"a": "1"}, {"a": 1.5}, {"a": None}, {"a": [1, 2]}, {"a": [2, 1]}, {"b": 1}]
    assert len({fingerprint(one) for one in different}) == len(different)


def test_the_text_that_is_hashed_is_terraforms() -> None:
    """`jsonencode` sorts keys, leaves no space, keeps letters as they are, and escapes what is unsafe in HTML."""
    content = {"b": "é", "a": ["<&>", "\u2028\u2029"], "c": True}
    assert canonical(content) == '{"a":["\\u003c\\u0026\\u003e","\\u2028\\u2029"],"b":"é","c":true}'
    # Terraform's sha256(jsonencode({ a = 1 })).
    assert fingerprint({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
