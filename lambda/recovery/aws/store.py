"""The control table: every write conditional, a lost answer to one's own write recognised as such."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from recovery.aws.clients import ask, client
from recovery.core import lease as leases
from recovery.core.records import (
    UNKNOWN,
    Item,
    head_item,
    head_of,
    history_of,
    key,
    lease_item,
    lease_of,
    mark_item,
    mark_of,
    readiness_fields,
    readiness_of,
)
from recovery.errors import ConflictError
from recovery.permissions import KEEP_READINESS, KEEP_TOLD, READ_TABLE, RENEW_LEASE, USE_KEY, WRITE_TABLE, needs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recovery.core.check import Readiness
    from recovery.core.incident import History
    from recovery.core.lease import Lease, Terms
    from recovery.core.loading import Head
    from recovery.core.quarantine import Mark
    from recovery.settings import Settings

_SERIALIZE, _DESERIALIZE = TypeSerializer(), TypeDeserializer()
_LEASE_IS = "epoch = :epoch AND #run = :run AND expires_at = :expires"


class Store:
    """Of one environment. Reads are consistent."""

    def __init__(self, settings: Settings) -> None:
        self._table = settings.table
        self._dynamodb = client("dynamodb")

    # Reading

    @needs(READ_TABLE, USE_KEY)
    def get(self, pk: str, sk: str = "") -> Item | None:
        """One item."""
        found = ask(self._dynamodb.get_item, TableName=self._table, Key=_written(key(pk, sk)), ConsistentRead=True)
        return _read(found["Item"]) if found.get("Item") else None

    @needs(READ_TABLE, USE_KEY)
    def all(self, pk: str) -> list[Item]:
        """Every item of a kind."""
        items: list[Item] = []
        arguments: dict[str, Any] = {}
        while True:
            page = ask(
                self._dynamodb.query,
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues=_written({":pk": pk}),
                ConsistentRead=True,
                **arguments,
            )
            items += [_read(item) for item in page["Items"]]
            if not page.get("LastEvaluatedKey"):
                return items
            arguments = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def lease(self) -> Lease:
        return lease_of(self.get("lease"))

    def head(self) -> Head | None:
        return head_of(self.get("head"))

    def mark(self, fingerprint: str) -> Mark | None:
        return mark_of(self.get("mark", fingerprint))

    def held_back(self) -> frozenset[str]:
        """The fingerprints under quarantine."""
        marks = (mark_of(item) for item in self.all("mark"))
        return frozenset(mark.fingerprint for mark in marks if mark is not None and mark.holds)

    def history(self, fingerprint: str) -> History:
        return history_of(self.get("release", fingerprint or UNKNOWN))

    def followed_flip(self) -> str:
        """The flip tag that was followed last."""
        return str((self.get("status") or {}).get("flip", ""))

    # The lease

    @needs(RENEW_LEASE, USE_KEY)
    def renew(self, run: str, epoch: int, now: float, terms: Terms, *, turn: float) -> Lease:
        """Renew right before a change. Raises LeaseLostError; ConflictError when it was written meanwhile."""
        held = lease_of(self._own_lease())
        renewed = leases.renew(held, run, epoch, now, terms, turn=turn)
        self._replace_lease(renewed, held)
        return renewed

    @needs(WRITE_TABLE, RENEW_LEASE, USE_KEY)
    def take(self, lease: Lease, instead_of: Lease) -> None:
        """Raises ConflictError where the lease is not `instead_of` any more, unless it is `lease` already."""
        self._replace_lease(lease, instead_of)

    def _own_lease(self) -> Item | None:
        found = ask(self._dynamodb.get_item, TableName=self._table, Key=_written(key("lease")), ConsistentRead=True)
        return _read(found["Item"]) if found.get("Item") else None

    def _replace_lease(self, lease: Lease, instead_of: Lease) -> None:
        item = lease_item(lease)
        fields = {name: value for name, value in item.items() if name not in ("pk", "sk")}
        names = {f"#{name}": name for name in fields}
        values = {f":new_{name}": value for name, value in fields.items()}
        condition = "attribute_not_exists(pk)"
        if instead_of.epoch:
            condition, values = _LEASE_IS, {**values, **_lease_values(instead_of)}
        try:
            ask(
                self._dynamodb.update_item,
                TableName=self._table,
                Key=_written(key("lease")),
                UpdateExpression="SET " + ", ".join(f"#{name} = :new_{name}" for name in fields),
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=_written(values),
            )
        except ConflictError:
            # A retry after a lost answer meets what it wrote itself.
            if lease_of(self._own_lease()) != lease:
                raise

    # Runs and their endings

    @needs(WRITE_TABLE, USE_KEY)
    def update(self, pk: str, sk: str, fields: Mapping[str, Any]) -> None:
        """Set fields of an item; writing them twice is the same as once."""
        self._update(key(pk, sk), fields)

    @needs(KEEP_READINESS, USE_KEY)
    def keep_readiness(self, found: Readiness) -> None:
        """In the place of the last one."""
        self._update(key("readiness"), readiness_fields(found))

    def readiness(self) -> Readiness | None:
        """The last one."""
        return readiness_of(self.get("readiness"))

    def _update(self, where: Item, fields: Mapping[str, Any]) -> None:
        names = {f"#f{number}": name for number, name in enumerate(fields)}
        values = {f":v{number}": value for number, value in enumerate(fields.values())}
        ask(
            self._dynamodb.update_item,
            TableName=self._table,
            Key=_written(where),
            UpdateExpression="SET " + ", ".join(f"#f{number} = :v{number}" for number in range(len(fields))),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=_written(values),
        )

    @needs(KEEP_TOLD, USE_KEY)
    def told(self, run: str, now: float) -> None:
        """Somebody was told how a run ended."""
        self._update(key("run", run), {"told_at": repr(now)})

    @needs(WRITE_TABLE, USE_KEY)
    def promote(self, head: Head, instead_of: Head | None, lease: Lease) -> None:
        """Move head by compare-and-swap, while the lease is the run's own. Raises ConflictError."""
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": _written(head_item(head)),
            "ConditionExpression": "attribute_not_exists(pk)" if instead_of is None else "#number = :before",
        }
        if instead_of is not None:
            put["ExpressionAttributeNames"] = {"#number": "number"}
            put["ExpressionAttributeValues"] = _written({":before": instead_of.number})
        try:
            self._transact([{"Put": put}, {"ConditionCheck": self._while_held(lease)}])
        except ConflictError:
            if self.head() != head:
                raise

    @needs(WRITE_TABLE, USE_KEY)
    def finish(
        self,
        endings: Mapping[str, Mapping[str, Any]],
        *,
        counted: tuple[str, Sequence[str]] | None,
        mark: Mark | None,
        flip: str | None,
        lease: Lease,
        freed: Lease,
    ) -> None:
        """How a run ended, all of it or nothing of it.

        Args:
            endings: what is set on the run, and on one that died and that it took the place of.
            counted: a fingerprint, and the counters of its history that go up by one.
            mark: the quarantine's entry to write.
            flip: the flip tag that was followed.
            lease: as it is held.
            freed: as it shall be.

        Raises:
            ConflictError: the lease is another's by now.
        """
        writes = [self._free(lease, freed), *(self._set(key("run", run), ending) for run, ending in endings.items())]
        if counted is not None:
            fingerprint, counters = counted
            writes.append(self._count(key("release", fingerprint or UNKNOWN), counters))
        if mark is not None:
            writes.append({"Put": {"TableName": self._table, "Item": _written(mark_item(mark))}})
        writes.append(self._status(mark, flip, next(iter(endings))))
        try:
            self._transact(writes)
        except ConflictError:
            # A retry after a lost answer meets what it wrote itself.
            if any((self.get("run", run) or {}).get("outcome") != one["outcome"] for run, one in endings.items()):
                raise

    @needs(WRITE_TABLE, USE_KEY)
    def lift(self, mark: Mark) -> None:
        """Take a mark back; `mark` is the lifted one."""
        remove = {
            "TableName": self._table,
            "Key": _written(key("status")),
            "UpdateExpression": "REMOVE quarantined.#fingerprint",
            "ExpressionAttributeNames": {"#fingerprint": mark.fingerprint},
        }
        put = {"TableName": self._table, "Item": _written(mark_item(mark))}
        self._transact([{"Put": put}, {"Update": remove}])

    def _transact(self, writes: Sequence[Mapping[str, Any]]) -> None:
        ask(self._dynamodb.transact_write_items, TransactItems=list(writes))

    def _while_held(self, lease: Lease) -> dict[str, Any]:
        """A condition on owner, epoch and turn: renewing it meanwhile is no reason to fail, a later step is."""
        return {
            "TableName": self._table,
            "Key": _written(key("lease")),
            "ConditionExpression": "epoch = :epoch AND #run = :run AND turn <= :turn",
            "ExpressionAttributeNames": {"#run": "run"},
            "ExpressionAttributeValues": _written(
                {":epoch": lease.epoch, ":run": lease.run or "", ":turn": Decimal(repr(lease.turn))}
            ),
        }

    def _free(self, lease: Lease, freed: Lease) -> dict[str, Any]:
        held = self._while_held(lease)
        fields = {name: value for name, value in lease_item(freed).items() if name not in ("pk", "sk")}
        values = _written({f":new_{name}": value for name, value in fields.items()})
        return {
            "Update": {
                **held,
                "UpdateExpression": "SET " + ", ".join(f"#{name} = :new_{name}" for name in fields),
                "ExpressionAttributeNames": {f"#{name}": name for name in fields},
                "ExpressionAttributeValues": {**held["ExpressionAttributeValues"], **values},
            }
        }

    def _set(self, where: Item, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": _written(where),
                "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in fields),
                "ExpressionAttributeNames": {f"#{name}": name for name in fields},
                "ExpressionAttributeValues": _written({f":{name}": value for name, value in fields.items()}),
            }
        }

    def _count(self, where: Item, counters: Sequence[str]) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": _written(where),
                "UpdateExpression": "ADD " + ", ".join(f"#{name} :one" for name in counters),
                "ExpressionAttributeNames": {f"#{name}": name for name in counters},
                "ExpressionAttributeValues": _written({":one": 1}),
            }
        }

    def _status(self, mark: Mark | None, flip: str | None, last: str) -> dict[str, Any]:
        sets = ["#last = :last"]
        names = {"#last": "last"}
        values: Item = {":last": last}
        if mark is not None:
            sets.append("quarantined.#fingerprint = :evidence")
            names["#fingerprint"] = mark.fingerprint
            values[":evidence"] = f"{mark.level}: {mark.evidence}"
        if flip is not None:
            sets.append("flip = :flip")
            values[":flip"] = flip
        update: dict[str, Any] = {
            "TableName": self._table,
            "Key": _written(key("status")),
            "UpdateExpression": "SET " + ", ".join(sets),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": _written(values),
        }
        return {"Update": update}


def _lease_values(lease: Lease) -> Item:
    item = lease_item(lease)
    return {":epoch": item["epoch"], ":run": item["run"], ":expires": item["expires_at"]}


def _written(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _SERIALIZE.serialize(value) for name, value in item.items()}


def _read(item: Mapping[str, Any]) -> Item:
    return {name: _DESERIALIZE.deserialize(value) for name, value in item.items()}
