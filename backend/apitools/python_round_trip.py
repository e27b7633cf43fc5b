"""What a program does with the generated Python client. Run with the client on the path, against a running server.

Prints what it saw as JSON; `tests/contract/test_clients.py` starts it and looks.
"""

from __future__ import annotations

import json
import os
import sys

from asisso_client import AuthenticatedClient
from asisso_client.api.auth import get_me
from asisso_client.api.phone_numbers import create_phone_number, list_phone_numbers
from asisso_client.api.runs import get_run_recording, list_runs
from asisso_client.api.telephony_configurations import (
    create_telephony_configuration,
    delete_telephony_configuration,
    get_telephony_configuration,
)
from asisso_client.api.workflows import create_workflow, delete_workflow, list_workflows
from asisso_client.models import (
    AskingData,
    ConflictError,
    EchoSpec,
    EndNode,
    InvalidInputError,
    NewPhoneNumber,
    NewTelephonyConfiguration,
    NewWorkflow,
    NotFoundError,
    StartNode,
    WorkflowDefinition,
    WorkflowEdge,
)

NAME = "Python"


def main() -> None:
    """Sign in by key, make a configuration, a workflow and a number, meet errors, and leave nothing behind."""
    client = AuthenticatedClient(
        base_url=os.environ["ASISSO_URL"],
        token=os.environ["ASISSO_KEY"],
        prefix="",
        auth_header_name="X-API-Key",
    )
    seen: dict[str, object] = {"role": get_me.sync(client=client).role}
    body = NewTelephonyConfiguration(
        name=NAME,
        provider="ari",
        ari_endpoint="http://127.0.0.1:9",
        app_name="python",
        app_password="your_secure_password",
    )
    configuration = create_telephony_configuration.sync(client=client, body=body)
    taken = create_telephony_configuration.sync(client=client, body=body)
    assert isinstance(taken, ConflictError)
    seen["conflict"] = taken.code
    definition = WorkflowDefinition(
        nodes=[
            StartNode(id="hello", type_="start", data=AskingData(say="Hello.")),
            EndNode(id="bye", type_="end"),
        ],
        edges=[WorkflowEdge(id="e1", source="hello", target="bye")],
    )
    workflow = create_workflow.sync(
        client=client, body=NewWorkflow(name=NAME, definition=definition, agent=EchoSpec(kind="echo"))
    )
    assert isinstance(workflow.agent, EchoSpec)
    assert isinstance(workflow.definition.nodes[1], EndNode)
    seen["greeting"] = workflow.definition.nodes[0].data.say
    dead_end = WorkflowDefinition(nodes=[EndNode(id="bye", type_="end")])
    refused = create_workflow.sync(client=client, body=NewWorkflow(name=NAME, definition=dead_end))
    assert isinstance(refused, InvalidInputError)
    seen["invalid"] = [refused.code, refused.detail[0].type_]
    number = create_phone_number.sync(
        configuration.id, client=client, body=NewPhoneNumber(address="8123", inbound_workflow_id=workflow.id)
    )
    listed = list_phone_numbers.sync(configuration.id, client=client)
    seen["numbers"] = [item.address for item in listed.items if item.id == number.id]
    page = list_workflows.sync(client=client, limit=1)
    following = list_workflows.sync(client=client, limit=1, cursor=page.next_cursor)
    seen["pages"] = page.items[0].id != following.items[0].id
    run = list_runs.sync(client=client).items[0]
    seen["recording"] = get_run_recording.sync(run.id, client=client).payload.read(4).decode()
    assert delete_telephony_configuration.sync_detailed(configuration.id, client=client).status_code == 204
    assert delete_workflow.sync_detailed(workflow.id, client=client).status_code == 204
    gone = get_telephony_configuration.sync(configuration.id, client=client)
    assert isinstance(gone, NotFoundError)
    seen["gone"] = gone.code
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
