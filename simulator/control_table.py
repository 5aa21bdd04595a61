"""A fake DynamoDB behind the control table's own adapter, which is real: its conditions are part of the protocol."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from recovery.errors import ConflictError
from simulator.calls import STAGE
from simulator.expressions import holds, updated
from simulator.leaks import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simulator.paths import Doc


class Dynamo:
    """The client that the real Store asks. Reads are consistent, a transaction is all or nothing (DynamoDB API)."""

    def get_item(self, *, Key: Doc, **_: Any) -> Doc:  # noqa: N803 boto3's names
        found = STAGE.engine.world.table.get((Key["pk"], Key["sk"]))
        return {"Item": found} if found else {}

    def query(self, *, ExpressionAttributeValues: Doc, **_: Any) -> Doc:  # noqa: N803
        wanted = ExpressionAttributeValues[":pk"]
        return {"Items": [item for (pk, _), item in sorted(STAGE.engine.world.table.items()) if pk == wanted]}

    def update_item(self, **update: Any) -> Doc:
        self._check(update)
        self._update(update)
        return {}

    def transact_write_items(self, *, TransactItems: Sequence[Mapping[str, Doc]]) -> Doc:  # noqa: N803
        for write in TransactItems:
            [body] = write.values()
            self._check(body)
        for write in TransactItems:
            self._write(write)
        return {}

    def _check(self, body: Doc) -> None:
        condition = body.get("ConditionExpression")
        if condition is None:
            return
        key: Doc = body.get("Key") or body["Item"]
        item = STAGE.engine.world.table.get((key["pk"], key["sk"]))
        names, values = body.get("ExpressionAttributeNames", {}), body.get("ExpressionAttributeValues", {})
        if not holds(condition, item, names, values):
            raise ConflictError("ConditionalCheckFailedException")

    def _write(self, write: Mapping[str, Doc]) -> None:
        [(kind, body)] = write.items()
        if kind == "Put":
            item: Doc = body["Item"]
            watch("the item", item["pk"], item.values())
            STAGE.engine.world.table[item["pk"], item["sk"]] = item
        elif kind == "Update":
            self._update(body)

    @staticmethod
    def _update(body: Doc) -> None:
        table = STAGE.engine.world.table
        key: Doc = body["Key"]
        where = (key["pk"], key["sk"])
        names, values = body.get("ExpressionAttributeNames", {}), body.get("ExpressionAttributeValues", {})
        watch("the item", where[0], values.values())
        table[where] = updated(body["UpdateExpression"], table.get(where, key), names, values)


class Typed(Dynamo):
    """The same in DynamoDB's own notation, which refuses what the service would: a float, an empty set."""

    def get_item(self, *, Key: Doc, **more: Any) -> Doc:  # noqa: N803 boto3's names
        found = super().get_item(Key=_plain(Key), **more)
        return {name: _typed(item) for name, item in found.items()}

    def query(self, *, ExpressionAttributeValues: Doc, **more: Any) -> Doc:  # noqa: N803
        found = super().query(ExpressionAttributeValues=_plain(ExpressionAttributeValues), **more)
        return {"Items": [_typed(item) for item in found["Items"]]}

    def update_item(self, **update: Any) -> Doc:
        return super().update_item(**_untyped(update))

    def transact_write_items(self, *, TransactItems: Sequence[Mapping[str, Doc]]) -> Doc:  # noqa: N803
        plain = [{kind: _untyped(body) for kind, body in write.items()} for write in TransactItems]
        return super().transact_write_items(TransactItems=plain)


_READ, _WRITTEN = TypeDeserializer(), TypeSerializer()
_TYPED = ("Key", "Item", "ExpressionAttributeValues")


def _plain(item: Doc) -> Doc:
    return {name: _READ.deserialize(value) for name, value in item.items()}


def _typed(item: Doc) -> Doc:
    return {name: _WRITTEN.serialize(value) for name, value in item.items()}


def _untyped(body: Doc) -> Doc:
    return {name: _plain(value) if name in _TYPED else value for name, value in body.items()}


WRITES = ("update_item", "transact_write_items")


def ask(method: Callable[..., Any], **arguments: Any) -> Any:
    """In the place of recovery.aws.clients.ask, for the control table."""
    return STAGE.call("dynamodb", partial(method, **arguments), write=method.__name__ in WRITES)


def got(_store: object, pk: str, sk: str = "") -> Doc | None:
    """In the place of the control table's most frequent call, Store.get, which says no more in DynamoDB's words."""
    return STAGE.call("dynamodb", STAGE.engine.world.table.get, (pk, sk or pk))
