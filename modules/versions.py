"""The versions this project is built for; pyproject.toml and the provider package's release notes agree with them (a test)."""

from __future__ import annotations

AWS_PROVIDER_VERSION = "5.100.0"
"""The AWS provider that cdktf-cdktf-provider-aws 20.1.0 was generated from."""

TERRAFORM_MINIMUM = (1, 11)
"""Write-only arguments and `use_lockfile` need Terraform 1.11 (Terraform 1.11 release notes)."""
