"""A VPC, an Auto Scaling group and a bucket as level-1 resources of the AWS CDK, in its own virtual environment."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

cdk: Any = import_module("aws_cdk")

app = cdk.App(outdir=sys.argv[1])
stack = cdk.Stack(app, "three")
import_module("aws_cdk.aws_ec2").CfnVPC(stack, "vpc", cidr_block="10.0.0.0/16")
import_module("aws_cdk.aws_autoscaling").CfnAutoScalingGroup(
    stack, "group", min_size="2", max_size="4", availability_zones=["eu-west-1a"]
)
import_module("aws_cdk.aws_s3").CfnBucket(stack, "bucket")
app.synth()
