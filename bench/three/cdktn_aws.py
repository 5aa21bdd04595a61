"""A VPC, an Auto Scaling group and a bucket with cdktn, in its own virtual environment."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any


def provider(module: str) -> Any:
    """The peer's package, which the project's own environment (and its type checker) does not have."""
    return import_module(f"cdktn_provider_aws.{module}")


cdktn: Any = import_module("cdktn")

app = cdktn.App(outdir=sys.argv[1])
stack = cdktn.TerraformStack(app, "three")
provider("provider").AwsProvider(stack, "aws", region="eu-west-1")
provider("vpc").Vpc(stack, "vpc", cidr_block="10.0.0.0/16")
provider("autoscaling_group").AutoscalingGroup(
    stack, "group", min_size=2, max_size=4, availability_zones=["eu-west-1a"]
)
provider("s3_bucket").S3Bucket(stack, "bucket")
app.synth()
