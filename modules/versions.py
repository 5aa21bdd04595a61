"""The versions this project is built for; a test compares them with the pinned packages."""

from __future__ import annotations

AWS_PROVIDER_VERSION = "5.100.0"
"""The AWS provider that cdktf-cdktf-provider-aws 20.1.0 was generated from."""

TERRAFORM_MINIMUM = (1, 11)
"""Write-only arguments and `use_lockfile` need Terraform 1.11 (Terraform 1.11 release notes)."""
