"""The functions' environment, and the ARNs that their policies name: from the settings and the service's outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modules.load_balancer import TEST_PORT
from modules.recovery_budget import LEASE_SECONDS, UNDER_WAY_SECONDS
from modules.remote_state import RemoteState
from modules.run_machine import alias_arn, machine_name
from modules.state_machine import TIMEOUT_SECONDS
from modules.triggers import alarm_rule_name
from recovery.core.observation import COLOURS
from recovery.core.protocol import Function as Worker
from recovery.permissions import On
from recovery.settings import Settings as Environment
from recovery.settings import namespace

if TYPE_CHECKING:
    from collections.abc import Callable

    from modules.control_store import ControlStore
    from modules.function_permissions import Arns
    from modules.naming import Naming
    from modules.notifications import Notifications
    from modules.settings import Settings
    from recovery.core.rules import Rules

SERVICE = "service"


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    """One environment's, as its functions and their policies know it. `record` reads the service's output of a name."""

    settings: Settings
    naming: Naming
    rules: Rules
    store: ControlStore
    notifications: Notifications
    key_arn: str
    record: Callable[[str], str]
    ec2_principal: str

    def environment(self) -> dict[str, str]:
        """What the functions read."""
        naming, state = self.naming, self._state()
        return Environment(
            app=naming.app,
            environment=naming.environment,
            table=self.store.table_name,
            bucket=self.store.bucket_name,
            state_bucket=state.bucket,
            state_key=state.key(SERVICE),
            rule_arn=self.record("rule_arn"),
            balancer=self.record("balancer"),
            group_blue=naming.name("blue"),
            group_green=naming.name("green"),
            target_group_blue=self.record("target_groups.blue"),
            target_group_green=self.record("target_groups.green"),
            parameter_key_arn=self.record("parameter_key_arn"),
            machine_arn=alias_arn(naming),
            machine=machine_name(naming),
            topic_arn=self.notifications.topic_arn,
            outbox_url=self.notifications.outbox.url,
            dead_letters_url=self.notifications.dead_letters.url,
            submit_function=f"{naming.name('submit', 64)}:live",
            alarm_rule=alarm_rule_name(naming),
            notify_function=f"{naming.name(Worker.NOTIFY, 64)}:live",
            alarm_prefix=naming.prefix,
            host=self.settings.tls.domain if self.settings.tls else "",
            health_path=self.settings.release.health.path,
            test_port=str(TEST_PORT),
            lease_seconds=str(LEASE_SECONDS),
            change_seconds=str(TIMEOUT_SECONDS[Worker.CHANGE] + UNDER_WAY_SECONDS),
            console=self._console(),
            rules=self.rules,
        ).to_env()

    def arns(self) -> Arns:
        """What each kind of resource is here."""
        naming, state = self.naming, self._state()
        s3 = f"arn:{naming.partition}:s3:::"
        ec2 = {kind: naming.arn("ec2", f"{kind}/*") for kind in ("instance", "volume", "network-interface")}
        placed = (naming.arn("ec2", "subnet/*"), naming.arn("ec2", "security-group/*"))
        notify = naming.arn("lambda", f"function:{naming.name(Worker.NOTIFY, 64)}:live")
        return {
            On.RULE: (self.record("rule_arn"),),
            On.GROUPS: tuple(
                naming.arn("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{naming.name(colour)}")
                for colour in COLOURS
            ),
            On.TEMPLATE: (naming.arn("ec2", f"launch-template/{self.record('template_id')}"),),
            On.INSTANCE_ROLE: (self.record("instance_role_arn"),),
            On.PARAMETERS: (naming.arn("ssm", f"parameter{naming.parameter('*')}"),),
            On.TABLE: (self.store.table_arn,),
            On.CHECKPOINTS: (f"{self.store.bucket_arn}/checkpoints/*",),
            On.CHECKPOINT_BUCKET: (self.store.bucket_arn,),
            On.STATE: (f"{s3}{state.bucket}/{state.key(SERVICE)}",),
            On.KEY: (self.key_arn,),
            On.PARAMETER_KEY: (self.record("parameter_key_arn"),),
            On.MACHINE: (alias_arn(naming), naming.arn("states", f"stateMachine:{machine_name(naming)}")),
            On.EXECUTIONS: (naming.arn("states", f"execution:{machine_name(naming)}:*"),),
            On.TOPIC: (self.notifications.topic_arn,),
            On.OUTBOX: (self.notifications.outbox.arn,),
            On.NOTIFY: (notify,),
            On.ALARM_RULE: (naming.arn("events", f"rule/{alarm_rule_name(naming)}"),),
            On.DEAD_LETTERS: (self.notifications.dead_letters.arn,),
            On.GROUP_ALARMS: tuple(
                naming.arn("cloudwatch", f"alarm:{naming.name(f'{colour}-{one.name}')}")
                for colour in COLOURS
                for one in self.rules.signals
            ),
            On.NAMESPACE: (namespace(naming.app, naming.environment),),
            On.LAUNCHED: (*ec2.values(), *placed),
            On.IMAGES: (f"arn:{naming.partition}:ec2:{naming.region}::image/*",),
            On.EC2_SERVICE: (self.ec2_principal,),
        }

    def _state(self) -> RemoteState:
        return RemoteState.of(self.naming, self.settings.state.lock)

    def _console(self) -> str:
        """A link to the runs in AWS's console, whose address differs between partitions."""
        naming = self.naming
        home = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}.get(
            naming.partition, "console.aws.amazon.com"
        )
        machine = naming.arn("states", f"stateMachine:{machine_name(naming)}")
        return f"https://{naming.region}.{home}/states/home?region={naming.region}#/statemachines/view/{machine}"
