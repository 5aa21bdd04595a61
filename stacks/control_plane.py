"""The control plane: what puts a release out, watches it, and takes it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cdktf import App, TerraformOutput, Token
from cdktf_cdktf_provider_aws.data_aws_service_principal import DataAwsServicePrincipal
from cdktf_cdktf_provider_aws.s3_object import S3Object

from modules.control_alarms import ControlAlarms
from modules.control_settings import ControlPlane
from modules.control_store import ControlStore
from modules.encryption_key import EncryptionKey, logs_may_encrypt, services_may_encrypt
from modules.environment_stack import EnvironmentStack
from modules.function import Function, Host, Inside
from modules.function_code import build
from modules.function_permissions import statements
from modules.notifications import Notifications
from modules.policy import trust
from modules.recovery_budget import DESK_TIMEOUT_SECONDS
from modules.recovery_rules import EVENT_AGE_SECONDS, rules
from modules.run_machine import RunMachine, machine_name
from modules.state_machine import TIMEOUT_SECONDS
from modules.triggers import HOUR_SECONDS, Triggers, held_back, submission
from recovery.core.protocol import Function as Worker

if TYPE_CHECKING:
    from constructs import Construct

    from modules.naming import Naming
    from modules.settings import Settings

SUBMIT, WATCHDOG, READINESS = "submit", "watchdog", "readiness"
PAGE_AGE_SECONDS = 3600
# It asks a dozen services, of which any may be slow; nobody waits for it.
READINESS_SECONDS = 60


class ControlPlaneStack(EnvironmentStack):
    """It only composes and connects."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, naming: Naming) -> None:
        super().__init__(scope, id_, settings=settings, naming=naming)
        network = self.outputs_of("network")
        # As text: cdktf would wrap a token of it once more inside an expression of ours.
        self.outputs_of("service")
        outputs = "data.terraform_remote_state.service.outputs"
        protect, chosen = settings.protect, rules(settings)
        principals = {
            name: DataAwsServicePrincipal(self, name, service_name=name).name
            for name in ("lambda", "states", "events", "cloudwatch", "ec2")
        }

        def record(path: str) -> str:
            return f"${{{outputs}.record.{path}}}"

        key = EncryptionKey(
            self,
            "encryption",
            naming=naming,
            thing="control",
            purpose="the control plane's records, notifications and logs",
            statements=(
                logs_may_encrypt(naming, self.dns_suffix),
                services_may_encrypt(naming, [principals["events"], principals["cloudwatch"]]),
            ),
            protect=protect,
        )
        store = ControlStore(self, "store", naming=naming, key_arn=key.arn, protect=protect)
        notifications = Notifications(
            self,
            "notifications",
            naming=naming,
            key_arn=key.arn,
            emails=settings.notifications.email,
            services=[principals["events"], principals["cloudwatch"]],
        )
        plane = ControlPlane(
            settings=settings,
            naming=naming,
            rules=chosen,
            store=store,
            notifications=notifications,
            key_arn=key.arn,
            record=record,
            ec2_principal=principals["ec2"],
        )
        code = build(Path(App.of(self).outdir) / "stacks" / id_)
        # From a bucket, not from the file: the provider uploads one file at a time, five seconds each.
        uploaded = S3Object(
            self,
            "code",
            bucket=store.bucket_name,
            key=f"code/{code.path.name}",
            source=f"${{path.module}}/{code.path.name}",
            source_hash=code.sha256,
            depends_on=[store.versioning],
        )
        host = Host(
            naming=naming,
            code=uploaded,
            code_sha256=code.base64_sha256,
            key_arn=key.arn,
            retention_days=settings.log_retention_days,
            trust=trust(principals["lambda"], account=naming.account),
            dead_letters_arn=notifications.dead_letters.arn,
            environment=plane.environment(),
        )
        inside = Inside(
            subnet_ids=Token.as_list(network.get("private_subnet_ids")),
            security_group_id=record("control_security_group_id"),
        )
        ages = {
            SUBMIT: EVENT_AGE_SECONDS,
            WATCHDOG: EVENT_AGE_SECONDS,
            READINESS: HOUR_SECONDS,
            Worker.NOTIFY: PAGE_AGE_SECONDS,
        }
        desks = dict.fromkeys((SUBMIT, WATCHDOG), DESK_TIMEOUT_SECONDS)
        seconds = {**TIMEOUT_SECONDS, **desks, READINESS: READINESS_SECONDS}
        functions = {
            name: Function(
                self,
                name,
                host=host,
                timeout_seconds=seconds[name],
                statements=statements(name, plane.arns()),
                inside=inside if name is Worker.PROBE else None,
                event_age_seconds=ages.get(name),
            )
            for name in (*Worker, SUBMIT, WATCHDOG, READINESS)
        }
        machine = RunMachine(
            self,
            "runs",
            naming=naming,
            rules=chosen,
            functions={worker: functions[worker].arn for worker in Worker},
            trust=trust(principals["states"], account=naming.account),
            key_arn=key.arn,
            retention_days=settings.log_retention_days,
        )
        Triggers(
            self,
            "triggers",
            naming=naming,
            alarm_names=[naming.name(f"{colour}-{one.name}") for colour in ("blue", "green") for one in chosen.signals],
            submit=functions[SUBMIT],
            watchdog=functions[WATCHDOG],
            readiness=functions[READINESS],
            drill_schedule=settings.recovery.drill.schedule,
            dead_letters_arn=notifications.dead_letters.arn,
            events_principal=principals["events"],
        )
        ControlAlarms(
            self,
            "alarms",
            naming=naming,
            topic_arn=notifications.topic_arn,
            # Submit refuses by an error, for Terraform to show; an alarm's event that it fails on is a dead letter.
            functions=[function.name for name, function in functions.items() if name != SUBMIT],
            watchdog=functions[WATCHDOG].name,
            dead_letters=notifications.dead_letters.name,
            machine_arn=machine.machine_arn,
            rules=chosen,
        )
        release = {
            "template_id": f"{outputs}.record.template_id",
            "version": f"{outputs}.record.template_version",
            "fingerprint": f"{outputs}.fingerprint",
            "content": f"{outputs}.release",
            "reversible": "true" if settings.release.reversible else "false",
        }
        ticket = submission(
            self,
            "submission",
            submit=functions[SUBMIT],
            release=release,
            capacity=settings.capacity.model_dump(),
            after=[machine.alias, store.status, notifications.outbox],
        )
        held_back(self, status=store.status, fingerprint=f"{outputs}.fingerprint")
        TerraformOutput(self, "ticket", value=ticket.result, description="What became of the release")
        TerraformOutput(
            self,
            "control",
            description="What the operator's command needs to know",
            value={
                "table": store.table_name,
                "bucket": store.bucket_name,
                "machine": machine_name(naming),
                "machine_arn": machine.arn,
                "submit_function": f"{functions[SUBMIT].name}:{functions[SUBMIT].alias.name}",
                "readiness_function": f"{functions[READINESS].name}:{functions[READINESS].alias.name}",
                "outbox_url": notifications.outbox.url,
                "environment": host.environment,
            },
        )
