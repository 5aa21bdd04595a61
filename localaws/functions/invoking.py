"""Invoke a function of moto's account in a worker, and keep its log."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from moto.awslambda.utils import make_function_arn
from moto.logs.models import logs_backends

from localaws.functions.environment import variables
from localaws.functions.packages import Packages
from localaws.functions.pool import Build, Pool
from localaws.functions.worker import Invocation

if TYPE_CHECKING:
    from moto.awslambda.models import LambdaFunction

    from localaws.clock import Clock

# Lambda API, Invoke: "LogResult: the last 4 KB of the execution log".
LOG_RESULT_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an invocation came to."""

    request_id: str
    payload: str
    failed: bool
    log: str


class Invoker:
    """The functions of all accounts and regions."""

    def __init__(self, clock: Clock, endpoint: str) -> None:
        self._clock = clock
        self._endpoint = endpoint
        self._packages = Packages()
        self._pool = Pool(self._packages.runtime)
        self._stream = uuid.uuid4().hex

    def invoke(self, function: LambdaFunction, arn: str, event: str, request_id: str = "") -> Outcome:
        """Run the function to its end. Raises ThrottledError when its reserved concurrency is used up.

        Its timeout is one of the machine's seconds, so that is how fast the clock goes until it ends.
        """
        with self._clock.at_real_pace():
            return self._run(function, arn, event, request_id or str(uuid.uuid4()))

    def retire(self, function: LambdaFunction) -> None:
        """The code or configuration of that version has changed, or it is deleted."""
        self._pool.retire(_arn(function), str(function.version))

    def arn(self, function: LambdaFunction, qualifier: str | None) -> str:
        """The ARN that the function sees as invoked: with the qualifier that the caller gave, if any."""
        return f"{_arn(function)}:{qualifier}" if qualifier else _arn(function)

    def workers(self) -> int:
        return self._pool.count()

    def close(self) -> None:
        self._pool.close()
        self._packages.remove()

    def _run(self, function: LambdaFunction, arn: str, event: str, request_id: str) -> Outcome:
        now = self._clock.now()
        # Lambda Developer Guide, "Sending Lambda function logs to CloudWatch Logs": a group that is missing is made.
        logs_backends[function.account_id][function.region].ensure_log_group(function.logs_group_name)
        stream = f"{now:%Y/%m/%d}/[{function.version}]{self._stream}"
        invocation = Invocation(
            id=request_id,
            arn=arn,
            event=event,
            seconds=float(function.timeout),
            lead=self._clock.lead(),
            log_group=function.logs_group_name,
            log_stream=stream,
        )
        reserved = function.reserved_concurrency
        reply = self._pool.invoke(self._build(function), invocation, int(reserved) if reserved is not None else None)
        took = (self._clock.now() - now).total_seconds() * 1000
        lines = [
            f"START RequestId: {request_id} Version: {function.version}",
            *reply.log,
            *([f"[ERROR] {reply.payload}"] if reply.failed else []),
            f"END RequestId: {request_id}",
            f"REPORT RequestId: {request_id}\tDuration: {took:.2f} ms\tMemory Size: {function.memory_size} MB",
        ]
        self._keep(function, stream, lines)
        log = (os.linesep.join(lines)).encode()[-LOG_RESULT_BYTES:].decode(errors="ignore")
        return Outcome(request_id, reply.payload, reply.failed, log)

    def _build(self, function: LambdaFunction) -> Build:
        return Build(
            arn=_arn(function),
            version=str(function.version),
            handler=str(function.handler),
            task=self._packages.unpacked(function.code_digest, function.code_bytes),
            environment=tuple(variables(function, self._endpoint).items()),
        )

    def _keep(self, function: LambdaFunction, stream: str, lines: list[str]) -> None:
        """Not for a group that was deleted meanwhile: nobody would delete it again."""
        group = logs_backends[function.account_id][function.region].groups.get(function.logs_group_name)
        if group is None:
            return
        if stream not in group.streams:
            group.create_log_stream(stream)
        at = int(self._clock.now().timestamp() * 1000)
        group.put_log_events(stream, [{"timestamp": at, "message": line} for line in lines])


def _arn(function: LambdaFunction) -> str:
    return make_function_arn(function.region, function.account_id, function.function_name)
