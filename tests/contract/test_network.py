from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef

    from tests.contract.account import Account
    from tests.contract.blue_green import BlueGreen


@pytest.mark.parametrize("kind", ["Gateway", "Interface"])
def test_endpoint_services_of_the_region_are_listed(account: Account, kind: str) -> None:
    """EC2 API, DescribeVpcEndpointServices: the filter service-type."""
    found = account.ec2.describe_vpc_endpoint_services(
        ServiceNames=["com.amazonaws.eu-west-1.s3"], Filters=[{"Name": "service-type", "Values": [kind]}]
    )
    assert [service.get("ServiceName") for service in found["ServiceDetails"]] == ["com.amazonaws.eu-west-1.s3"]


@pytest.mark.parametrize("kind", ["range", "group", "prefix list"])
def test_a_rule_keeps_its_description(account: Account, stage: BlueGreen, kind: str) -> None:
    """EC2 API, SecurityGroupRule.Description."""
    permission: IpPermissionTypeDef = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
    if kind == "range":
        permission["IpRanges"] = [{"CidrIp": "10.0.0.0/16", "Description": "why"}]
    elif kind == "group":
        permission["UserIdGroupPairs"] = [{"GroupId": stage.security_group, "Description": "why"}]
    else:
        lists = account.ec2.describe_managed_prefix_lists()["PrefixLists"]
        permission["PrefixListIds"] = [{"PrefixListId": lists[0].get("PrefixListId", ""), "Description": "why"}]
    account.ec2.authorize_security_group_ingress(GroupId=stage.security_group, IpPermissions=[permission])
    rules = account.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [stage.security_group]}])
    [rule] = [rule for rule in rules["SecurityGroupRules"] if not rule.get("IsEgress")]
    assert rule.get("Description") == "why"
