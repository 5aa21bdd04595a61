"""The Terraform stacks of one environment, in the order in which they are deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modules.naming import Naming
from stacks.control_plane import ControlPlaneStack
from stacks.network import NetworkStack
from stacks.service import ServiceStack
from stacks.state_backend import StateBackendStack

if TYPE_CHECKING:
    from constructs import Construct

    from modules.settings_file import Loaded


def build(scope: Construct, loaded: Loaded) -> None:
    """Add every stack of an environment to the app."""
    settings, naming = loaded.settings, Naming.of(loaded.settings)
    state = StateBackendStack(scope, "state_backend", settings=settings, naming=naming)
    network = NetworkStack(scope, "network", settings=settings, naming=naming)
    network.add_dependency(state)
    service = ServiceStack(scope, "service", loaded=loaded, naming=naming)
    service.add_dependency(network)
    control_plane = ControlPlaneStack(scope, "control_plane", settings=settings, naming=naming)
    control_plane.add_dependency(service)
