import { expect, test } from "vitest";
import { client } from "@/client/client.gen";
import {
  createPhoneNumber,
  createTelephonyConfiguration,
  createWorkflow,
  deleteTelephonyConfiguration,
  deleteWorkflow,
  getMe,
  getRunRecording,
  getTelephonyConfiguration,
  listPhoneNumbers,
  listRuns,
  listWorkflows,
} from "@/client/sdk.gen";
import type {
  ConflictError,
  InvalidInputError,
  NewTelephonyConfiguration,
  NotFoundError,
  WorkflowDefinition,
} from "@/client/types.gen";
import { zRunPage, zWorkflowOut } from "@/client/zod.gen";

// The back end's tests start the server and say where it is.
const { ASISSO_URL: baseUrl, ASISSO_KEY: key } = process.env;

async function refusal<T>(request: Promise<unknown>): Promise<T> {
  return request.then(
    () => Promise.reject(new Error("it was not refused")),
    (error: T) => error,
  );
}

const definition: WorkflowDefinition = {
  nodes: [
    { id: "hello", type: "start", data: { say: "Hello." } },
    { id: "bye", type: "end" },
  ],
  edges: [{ id: "e1", source: "hello", target: "bye" }],
};

test("a program makes a configuration, a workflow and a number, meets errors, and leaves nothing behind", async () => {
  client.setConfig({ baseUrl, headers: { "X-API-Key": key } });
  expect((await getMe()).data.role).toBe("admin");

  const body: NewTelephonyConfiguration = {
    name: "TypeScript",
    provider: "ari",
    ari_endpoint: "http://127.0.0.1:9",
    app_name: "typescript",
    app_password: "your_secure_password",
  };
  const { data: configuration } = await createTelephonyConfiguration({ body });
  const taken = await refusal<ConflictError>(createTelephonyConfiguration({ body }));
  expect(taken.code).toBe("name_taken");

  const { data: workflow } = await createWorkflow({
    body: { name: "TypeScript", definition, agent: { kind: "echo" } },
  });
  expect(zWorkflowOut.parse(workflow).agent.kind).toBe("echo");
  const noStart = { nodes: definition.nodes.slice(1) };
  const invalid = await refusal<InvalidInputError>(
    createWorkflow({ body: { name: "TypeScript", definition: noStart } }),
  );
  expect(invalid.detail.map((fault) => fault.type)).toEqual(["no_start"]);

  const path = { configuration_id: configuration.id };
  await createPhoneNumber({ path, body: { address: "8124", inbound_workflow_id: workflow.id } });
  expect((await listPhoneNumbers({ path })).data.items.map((number) => number.address)).toEqual(["8124"]);

  const { data: first } = await listWorkflows({ query: { limit: 1 } });
  const { data: second } = await listWorkflows({ query: { limit: 1, cursor: first.next_cursor } });
  expect(second.items[0]?.id).not.toBe(first.items[0]?.id);

  const { data: runs } = await listRuns();
  const run = zRunPage.parse(runs).items[0];
  const recording = await getRunRecording({ path: { run_id: run?.id ?? "" }, parseAs: "blob" });
  expect((recording.data as Blob).size).toBeGreaterThan(44);

  await deleteTelephonyConfiguration({ path });
  await deleteWorkflow({ path: { workflow_id: workflow.id } });
  const gone = await refusal<NotFoundError>(getTelephonyConfiguration({ path }));
  expect(gone.code).toBe("telephony_configuration_not_found");
});
