"""Two groups behind one weighted rule, made of API calls, as small as it can be."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from tests.contract.account import Account, Reply, exchange

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef, InstanceTypeDef

HEALTH_PATH = "/healthz"
COLOUR_HEADER = "X-Group"


class BlueGreen:
    """A network, a launch template, two target groups and a load balancer; groups are added by the tests."""

    def __init__(self, account: Account) -> None:
        self.account = account
        ec2, elb = account.ec2, account.elbv2
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"].get("VpcId", "")
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}")[
                "Subnet"
            ].get("SubnetId", "")
            for number, zone in enumerate("ab")
        ]
        self.security_group = ec2.create_security_group(
            GroupName=account.fresh("app"), Description="app", VpcId=self.vpc
        )["GroupId"]
        self.template = ec2.create_launch_template(
            LaunchTemplateName=account.fresh("web"), LaunchTemplateData={"ImageId": "ami-0", "InstanceType": "t4g.nano"}
        )["LaunchTemplate"].get("LaunchTemplateId", "")
        self.targets = {colour: self.target_group(colour) for colour in ("blue", "green")}
        self.balancer = elb.create_load_balancer(Name=account.fresh("lb"), Subnets=self.subnets)["LoadBalancers"][
            0
        ].get("LoadBalancerArn", "")
        self.listener = self.add_listener(80)
        self.rule = self.add_rule(10, self.forward(blue=100, green=0), {"path-pattern": ["/*"]})
        self._groups: list[str] = []

    def target_group(self, colour: str) -> str:
        made = self.account.elbv2.create_target_group(
            Name=self.account.fresh(colour),
            Protocol="HTTP",
            Port=8080,
            VpcId=self.vpc,
            HealthCheckPath=HEALTH_PATH,
            HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=2,
            UnhealthyThresholdCount=2,
        )
        return made["TargetGroups"][0].get("TargetGroupArn", "")

    def version(self, behaviour: str = "", *, release: str = "r", **data: Any) -> str:
        """The number of a new version of the launch template."""
        user_data = f"#!/bin/bash\n# localaws: {behaviour}\n" if behaviour else "#!/bin/bash\n"
        content: Any = {
            "ImageId": "ami-0",
            "InstanceType": "t4g.nano",
            "UserData": base64.b64encode(user_data.encode()).decode(),
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Release", "Value": release}]}],
            **data,
        }
        made = self.account.ec2.create_launch_template_version(
            LaunchTemplateId=self.template, LaunchTemplateData=content
        )
        return str(made["LaunchTemplateVersion"].get("VersionNumber"))

    def policy(self, version: str, *, base: int = 0, on_demand_percent: int = 100) -> Any:
        return {
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {"LaunchTemplateId": self.template, "Version": version},
                "Overrides": [{"InstanceType": "t4g.small"}, {"InstanceType": "t4g.medium"}],
            },
            "InstancesDistribution": {
                "OnDemandAllocationStrategy": "prioritized",
                "OnDemandBaseCapacity": base,
                "OnDemandPercentageAboveBaseCapacity": on_demand_percent,
            },
        }

    def group(
        self,
        version: str,
        desired: int,
        *,
        colour: str = "blue",
        policy: Any = None,
        maximum: int = 9,
        minimum: int = 0,
        **settings: Any,
    ) -> str:
        """A group on this version, registered with its colour's target group."""
        name = self.account.fresh(f"asg-{colour}")
        asked: dict[str, Any] = {
            "AutoScalingGroupName": name,
            "MinSize": minimum,
            "MaxSize": maximum,
            "DesiredCapacity": desired,
            "MixedInstancesPolicy": policy or self.policy(version),
            "VPCZoneIdentifier": ",".join(self.subnets),
            "TargetGroupARNs": [self.targets[colour]],
        }
        self.account.autoscaling.create_auto_scaling_group(**{**asked, **settings})
        self._groups.append(name)
        return name

    def described(self, group: str) -> AutoScalingGroupTypeDef:
        [found] = self.account.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])[
            "AutoScalingGroups"
        ]
        return found

    def instances(self, group: str) -> list[InstanceTypeDef]:
        return self.described(group).get("Instances", [])

    def instance_ids(self, group: str) -> list[str]:
        return [instance["InstanceId"] for instance in self.instances(group)]

    def versions(self, group: str) -> list[str | None]:
        """The template version each instance was launched from."""
        return [instance.get("LaunchTemplate", {}).get("Version") for instance in self.instances(group)]

    def health(self, colour: str = "blue") -> list[tuple[str, str | None]]:
        """State and reason of each registered target."""
        found = self.account.elbv2.describe_target_health(TargetGroupArn=self.targets[colour])
        health = [target.get("TargetHealth", {}) for target in found["TargetHealthDescriptions"]]
        return [(one.get("State", ""), one.get("Reason")) for one in health]

    def add_listener(self, port: int, action: Any = None) -> str:
        text = {"StatusCode": "503", "ContentType": "text/plain", "MessageBody": "no rule"}
        default: Any = action or {"Type": "fixed-response", "FixedResponseConfig": text}
        made = self.account.elbv2.create_listener(
            LoadBalancerArn=self.balancer, Port=port, Protocol="HTTP", DefaultActions=[default]
        )
        return made["Listeners"][0].get("ListenerArn", "")

    def add_rule(self, priority: int, action: Any, condition: Mapping[str, list[str]], listener: str = "") -> str:
        made = self.account.elbv2.create_rule(
            ListenerArn=listener or self.listener,
            Priority=priority,
            Conditions=[{"Field": field, "Values": values} for field, values in condition.items()],
            Actions=[action],
        )
        return made["Rules"][0].get("RuleArn", "")

    def forward(self, **weights: int) -> Any:
        groups = [{"TargetGroupArn": self.targets[colour], "Weight": weight} for colour, weight in weights.items()]
        return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}

    def weigh(self, **weights: int) -> None:
        self.account.elbv2.modify_rule(RuleArn=self.rule, Actions=[self.forward(**weights)])

    def address(self, listener: str = "") -> str:
        return str(self.account.listeners()[listener or self.listener]["address"])

    def get(self, path: str = "/", *, listener: str = "", **headers: str) -> Reply:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return exchange(self.address(listener), path, headers=sent)

    def releases(self, requests: int) -> list[str]:
        """Which release answered each of so many requests."""
        address = self.address()
        return [json.loads(exchange(address, "/").body)["release"] for _ in range(requests)]

    @property
    def group_names(self) -> list[str]:
        """In the order they were made."""
        return list(self._groups)

    def delete_groups(self) -> None:
        while self._groups:
            name = self._groups.pop()
            self.account.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)
