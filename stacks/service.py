"""The service: load balancer, release, two groups, parameters, alarms and dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformOutput, Token
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup

from modules.alarms import GroupAlarms
from modules.dashboard import dashboard
from modules.domain import domain_record
from modules.encryption_key import EncryptionKey, logs_may_encrypt
from modules.environment_stack import EnvironmentStack
from modules.firewall import Firewall
from modules.group import Group
from modules.instance_role import InstanceRole
from modules.load_balancer import LoadBalancer
from modules.parameters import Parameters
from modules.release_template import ReleaseTemplate
from modules.signals import signals
from modules.target_group import target_group

if TYPE_CHECKING:
    from constructs import Construct

    from modules.naming import Naming
    from modules.settings_file import Loaded

COLOURS = ("blue", "green")


class ServiceStack(EnvironmentStack):
    """What serves. It only composes and connects."""

    def __init__(self, scope: Construct, id_: str, *, loaded: Loaded, naming: Naming) -> None:
        settings = loaded.settings
        super().__init__(scope, id_, settings=settings, naming=naming)
        protect, release = settings.protect, settings.release
        network = self.outputs_of("network")
        vpc_id = network.get_string("vpc_id")
        private_subnet_ids = Token.as_list(network.get("private_subnet_ids"))

        key = EncryptionKey(
            self,
            "encryption",
            naming=naming,
            thing="service",
            purpose="parameters and logs",
            statements=(logs_may_encrypt(naming, self.dns_suffix),),
            protect=protect,
        )
        logs = CloudwatchLogGroup(
            self,
            "logs",
            name=naming.log_group("app"),
            retention_in_days=settings.log_retention_days,
            kms_key_id=key.arn,
        )
        parameters = Parameters(
            self, "parameters", naming=naming, parameters=settings.parameters, key_arn=key.arn, protect=protect
        )
        role = InstanceRole(
            self,
            "instance",
            naming=naming,
            parameter_arns=parameters.arns,
            key_arn=key.arn,
            log_group_arn=logs.arn,
            artifact=release.artifact,
        )
        firewall = Firewall(
            self,
            "firewall",
            naming=naming,
            vpc_id=vpc_id,
            vpc_cidr=network.get_string("vpc_cidr"),
            health_port=release.health.port,
            tls=settings.tls is not None,
        )
        template = ReleaseTemplate(
            self,
            "launch",
            naming=naming,
            release=release,
            script=loaded.user_data,
            references=parameters.references,
            instance_profile_arn=role.profile_arn,
            security_group_id=firewall.instance_id,
            protect=protect,
        )
        targets = {
            colour: target_group(self, colour, naming=naming, vpc_id=vpc_id, health=release.health, protect=protect)
            for colour in COLOURS
        }
        balancer = LoadBalancer(
            self,
            "web",
            naming=naming,
            subnet_ids=Token.as_list(network.get("public_subnet_ids")),
            security_group_id=firewall.balancer_id,
            target_group_arns={colour: target.arn for colour, target in targets.items()},
            tls=settings.tls,
            protect=protect,
        )
        watched = signals(settings.alarms)
        groups: dict[str, Group] = {}
        for colour, target in targets.items():
            groups[colour] = Group(
                self,
                f"{colour}_group",
                naming=naming,
                colour=colour,
                template=template,
                instance_types=release.instance_types,
                subnet_ids=private_subnet_ids,
                target_group_arn=target.arn,
                capacity=settings.capacity,
                healthy_seconds=settings.recovery.healthy_seconds,
                live=colour == COLOURS[0],
                rule=balancer.rule,
                protect=protect,
            )
            GroupAlarms(
                self,
                f"{colour}_alarms",
                naming=naming,
                colour=colour,
                balancer=balancer.arn_suffix,
                target_group=target.arn_suffix,
                signals=watched,
            )
        dashboard(
            self,
            "dashboard",
            naming=naming,
            balancer=balancer.arn_suffix,
            target_groups={colour: target.arn_suffix for colour, target in targets.items()},
            signals=watched,
        )
        if settings.tls:
            domain_record(self, "domain", tls=settings.tls, dns_name=balancer.dns_name, zone_id=balancer.zone_id)

        address = f"https://{settings.tls.domain}" if settings.tls else f"http://{balancer.dns_name}"
        TerraformOutput(self, "address", value=address)
        TerraformOutput(self, "fingerprint", value=template.fingerprint, description="SHA-256 of the release below")
        TerraformOutput(self, "release", value=template.content, description="What runs, and all that it pins")
        TerraformOutput(
            self,
            "record",
            description="What changes hands between Terraform and whoever moves traffic",
            value={
                "rule_arn": balancer.rule_arn,
                "target_groups": {colour: target.arn for colour, target in targets.items()},
                "groups": {colour: group.name for colour, group in groups.items()},
                "template_id": template.template_id,
                "template_version": template.latest_version,
                "warm": settings.capacity.warm,
                "reversible": release.reversible,
                "balancer": balancer.arn_suffix,
                "alarm_prefix": naming.prefix,
                "parameter_key_arn": key.arn,
                "instance_role_arn": role.arn,
                "control_security_group_id": firewall.control_id,
            },
        )
