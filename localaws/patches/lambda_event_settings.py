"""The settings of asynchronous invocation belong to a function's version, alias or latest code, and can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.awslambda.exceptions import UnknownEventConfig
from moto.awslambda.models import EventInvokeConfig, LambdaBackend
from moto.awslambda.responses import LambdaResponse
from moto.awslambda.utils import make_function_arn
from moto.core.responses import ActionResult

from localaws.functions.event_settings import LATEST
from localaws.patches.replacing import original, replace

if TYPE_CHECKING:
    from localaws.compute import Compute
    from localaws.functions.event_settings import EventSettings, EventSettingsStore


def apply(compute: Compute) -> None:
    """Lambda API, PutFunctionEventInvokeConfig: its Qualifier, and that a second one takes the place of the first.

    moto knows no qualifier, keeps adding, and answers with the first.
    """
    _write(compute)
    _read(compute.asynchronous.settings)


def _write(compute: Compute) -> None:
    store = compute.asynchronous.settings
    delete_function = original(LambdaBackend, "delete_function", needs=("function_name", "qualifier"))

    def put(self: LambdaResponse) -> ActionResult:
        return stored(self, dict(self.json_body))

    def update(self: LambdaResponse) -> ActionResult:
        """UpdateFunctionEventInvokeConfig: what is not given stays as it is."""
        return stored(self, {**_found(store, self).given, **self.json_body})

    def stored(response: LambdaResponse, given: dict[str, Any]) -> ActionResult:
        arn, qualifier = _owner(response)
        EventInvokeConfig(arn, "", given)  # moto's checks of the values
        modified = compute.clock.now().timestamp()
        return ActionResult(store.put(arn, qualifier, given, modified).response())

    def delete(self: LambdaResponse) -> tuple[int, dict[str, int], str]:
        _found(store, self)
        store.delete(*_owner(self))
        return 204, {"status": 204}, ""

    def deleted(self: LambdaBackend, function_name: str, qualifier: str | None = None) -> None:
        function = self.get_function(function_name, qualifier)
        delete_function(self, function_name, qualifier)
        if not qualifier:
            store.forget(make_function_arn(function.region, function.account_id, function.function_name))

    replace(LambdaResponse, "put_function_event_invoke_config", put)
    replace(LambdaResponse, "update_function_event_invoke_config", update)
    replace(LambdaResponse, "delete_function_event_invoke_config", delete)
    replace(LambdaBackend, "delete_function", deleted)


def _read(store: EventSettingsStore) -> None:
    def get(self: LambdaResponse) -> ActionResult:
        return ActionResult(_found(store, self).response())

    def listed(self: LambdaResponse) -> ActionResult:
        rows = [settings.response() for settings in store.of(_owner(self)[0])]
        return ActionResult({"FunctionEventInvokeConfigs": rows})

    replace(LambdaResponse, "get_function_event_invoke_config", get)
    replace(LambdaResponse, "list_function_event_invoke_configs", listed)


def _found(store: EventSettingsStore, response: LambdaResponse) -> EventSettings:
    """Raises moto's error where nothing is configured."""
    arn, qualifier = _owner(response)
    settings = store.get(arn, qualifier)
    if settings is None:
        raise UnknownEventConfig(f"{arn}:{qualifier}")
    return settings


def _owner(response: LambdaResponse) -> tuple[str, str]:
    """The ARN of the function in the path, and the qualifier. Raises moto's error for one that is not there."""
    name = unquote(response.path.partition("/functions/")[2].partition("/")[0])
    qualifier = str(response.querystring.get("Qualifier", [LATEST])[0])
    function = response.backend.get_function(name, qualifier)
    return make_function_arn(function.region, function.account_id, function.function_name), qualifier
