"""A VPC, an Auto Scaling group and a bucket with cdktf. LASTGOOD_STOCK_SYNTH=1 is cdktf as it comes."""

from __future__ import annotations

import sys

from modules import fast_synth

fast_synth.enable()

from cdktf import App, TerraformStack  # noqa: E402 after enable()
from cdktf_cdktf_provider_aws.autoscaling_group import AutoscalingGroup  # noqa: E402
from cdktf_cdktf_provider_aws.provider import AwsProvider  # noqa: E402
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket  # noqa: E402
from cdktf_cdktf_provider_aws.vpc import Vpc  # noqa: E402

app = App(outdir=sys.argv[1])
stack = TerraformStack(app, "three")
AwsProvider(stack, "aws", region="eu-west-1")
Vpc(stack, "vpc", cidr_block="10.0.0.0/16")
AutoscalingGroup(stack, "group", min_size=2, max_size=4, availability_zones=["eu-west-1a"])
S3Bucket(stack, "bucket")
app.synth()
