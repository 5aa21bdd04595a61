"""What a load balancer answers to a request: the first rule that matches, its action, a target, that target's app."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from localaws import forwards
from localaws.instances import RELEASE_TAG, VERSION_TAG, age_seconds, tag
from localaws.targets import Targets
from localaws.traffic.conditions import match
from localaws.traffic.messages import Answer, Request
from localaws.traffic.rotation import Rotation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from moto.ec2.models.instances import Instance
    from moto.elbv2.models import ELBv2Backend, FakeListener, FakeRule, FakeTargetGroup

    from localaws.behaviour import Behaviour
    from localaws.clock import Clock
    from localaws.live_behaviours import LiveBehaviours

# The shares of an instance's answers are counted in hundredths of a percent.
PER_PERCENT = 100


class Balancer:
    """Answers for the listeners of one account and region."""

    def __init__(self, backend: ELBv2Backend, clock: Clock, behaviours: LiveBehaviours) -> None:
        self._backend = backend
        self._clock = clock
        self._behaviours = behaviours
        self._rotation = Rotation()

    def listener(self, arn: str) -> FakeListener | None:
        """The listener as it is now, or None once it is deleted."""
        balancers = list(self._backend.load_balancers.values())
        return next((found for balancer in balancers if (found := balancer.listeners.get(arn))), None)

    def answer(self, listener: FakeListener, request: Request) -> Answer:
        """ELB guide, "Listener rules": in the order of their priorities, the default rule last."""
        rules = sorted(
            listener.rules.values(), key=lambda rule: (rule.is_default, 0 if rule.is_default else int(rule.priority))
        )
        for rule in rules:
            if match(rule.conditions, request):
                return self._act(rule, request)
        return Answer.of_balancer(HTTPStatus.SERVICE_UNAVAILABLE)

    def _act(self, rule: FakeRule, request: Request) -> Answer:
        # A rule has one routing action, the last one; authentication, which may precede it, is not played.
        action: Mapping[str, Any] = rule.actions[-1].data
        match action["Type"]:
            case "fixed-response":
                return _fixed(action["FixedResponseConfig"])
            case "redirect":
                return _redirect(action["RedirectConfig"], request)
            case _:
                return self._forward(rule.arn, forwards.weights(action), request)

    def _forward(self, rule_arn: str, weights: Mapping[str, int], request: Request) -> Answer:
        """ELB guide, "Troubleshoot your Application Load Balancers": 503 where the target group has no target.

        Groups do not stand in for each other: the share of an empty one is answered 503.
        """
        arn = self._rotation.choose(rule_arn, weights)
        group = self._backend.target_groups.get(arn) if arn else None
        instance = self._target(group) if group else None
        if group is None or instance is None:
            return Answer.of_balancer(HTTPStatus.SERVICE_UNAVAILABLE)
        return self._answer_of(instance, group, request)

    def _target(self, group: FakeTargetGroup) -> Instance | None:
        """Round-robin over the targets that may have it."""
        targets = Targets(self._backend, group, self._behaviours).in_turn(self._clock.now())
        able = {instance.id: instance for instance in targets}
        chosen = self._rotation.choose(group.arn, dict.fromkeys(able, 1))
        return able[chosen] if chosen else None

    def _answer_of(self, instance: Instance, group: FakeTargetGroup, request: Request) -> Answer:
        """The app's answer; while it does not listen, the ELB guide's 502 for a target that refuses the connection."""
        acts, age = self._behaviours.of(instance), age_seconds(instance, self._clock.now())
        if not acts.listens(age):
            return Answer.of_balancer(HTTPStatus.BAD_GATEWAY, target_group=group.arn)
        content = {
            "release": tag(instance, RELEASE_TAG),
            "instance": instance.id,
            "zone": instance.placement.zone or "",
            "launch_template_version": tag(instance, VERSION_TAG),
            "target_group": group.name,
        }
        checked = request.path == group.health_check_path
        return Answer.of_target(
            content,
            status=acts.health_status if checked else self._status(instance, acts, age),
            after_seconds=0.0 if checked else acts.latency_seconds,
            target_group=group.arn,
        )

    def _status(self, instance: Instance, acts: Behaviour, age: float) -> int:
        """The ordinary status, or 500 when it is the turn of an error: the share is exact over few requests."""
        errors = round(acts.error_percent * PER_PERCENT)
        turns = {"error": errors, "ordinary": 100 * PER_PERCENT - errors}
        if errors and self._rotation.choose(f"errors of {instance.id}", turns) == "error":
            return HTTPStatus.INTERNAL_SERVER_ERROR
        return acts.status_at(age)


def _fixed(configuration: Mapping[str, Any]) -> Answer:
    body = str(configuration.get("MessageBody") or "")
    return Answer(int(configuration["StatusCode"]), body.encode(), configuration.get("ContentType") or "text/plain")


def _redirect(configuration: Mapping[str, Any], request: Request) -> Answer:
    """ELB API, RedirectActionConfig: what is left out is the request's, as are #{protocol} and so on.

    The location is AWS's: it carries the listener's port, not the one on loopback.
    """
    mine = {
        "protocol": "http",
        "host": request.host,
        "port": "80",
        "path": request.path.lstrip("/"),
        "query": request.query,
    }
    parts = {"Protocol": "#{protocol}", "Host": "#{host}", "Port": "#{port}", "Path": "/#{path}", "Query": "#{query}"}
    filled: dict[str, str] = {}
    for part, default in parts.items():
        text = str(configuration.get(part) or default)
        for name, value in mine.items():
            text = text.replace(f"#{{{name}}}", value)
        filled[part] = text
    query = f"?{filled['Query']}" if filled["Query"] else ""
    location = f"{filled['Protocol'].lower()}://{filled['Host']}:{filled['Port']}{filled['Path']}{query}"
    status = int(str(configuration["StatusCode"]).removeprefix("HTTP_"))
    return Answer(status, headers={"Location": location})
