"""The stack that holds every stack's Terraform state, its own included (`lastgood bootstrap` makes it)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modules.environment_stack import EnvironmentStack
from modules.state_store import StateStore

if TYPE_CHECKING:
    from constructs import Construct

    from modules.naming import Naming
    from modules.settings import Settings


class StateBackendStack(EnvironmentStack):
    """Bucket, lock table and key."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, naming: Naming) -> None:
        super().__init__(scope, id_, settings=settings, naming=naming)
        StateStore(self, "state", naming=naming, protect=settings.protect)
