"""The app's own name in DNS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias

if TYPE_CHECKING:
    from constructs import Construct

    from modules.settings import Tls


def domain_record(scope: Construct, id_: str, *, tls: Tls, dns_name: str, zone_id: str) -> Route53Record:
    """An alias to the load balancer that never evaluates target health.

    With it, an idle group without targets would make the whole load balancer count as unhealthy (Route 53 API,
    AliasTarget).
    """
    return Route53Record(
        scope,
        id_,
        zone_id=tls.hosted_zone_id,
        name=tls.domain,
        type="A",
        alias=Route53RecordAlias(name=dns_name, zone_id=zone_id, evaluate_target_health=False),
    )
