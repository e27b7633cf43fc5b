import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { NewWorkflowTest, TestRunOut, WorkflowDefinition, WorkflowTestOut } from "@/client/types.gen";
import { api, page, refusal, signedIn } from "@/testing/api";
import { person, renderApp } from "@/testing/render";
import { workflow } from "@/testing/samples";
import { server } from "@/testing/server";

const AT = "2026-01-02T03:04:05Z";

const definition: WorkflowDefinition = {
  nodes: [
    { id: "hello", type: "start", data: { say: "Hello.", collect: [{ name: "number", type: "digits" }] } },
    { id: "lookup", type: "http", data: { url: "https://erp.example.com", save: { count: "$.count" } } },
    { id: "bye", type: "end" },
  ],
};

const order: WorkflowTestOut = {
  id: "t1",
  name: "An order",
  context: {},
  opening: {},
  steps: [{ turn: { say: "where is my order" }, expect: { node_id: "bye" } }],
  http: {},
  created_at: AT,
  updated_at: AT,
};

let tests: WorkflowTestOut[] = [];
let sent: NewWorkflowTest[] = [];

async function open() {
  renderApp("/workflows/w1?tab=tests");
  await screen.findByRole("tab", { name: "Tests", selected: true });
}

beforeEach(() => {
  tests = [order];
  sent = [];
  signedIn();
  server.use(
    http.get(api("/workflows/w1"), () => HttpResponse.json({ ...workflow, definition })),
    http.get(api("/workflows/w1/tests"), () => page(tests)),
    http.post(api("/workflows/w1/tests"), async ({ request }) => {
      const test = (await request.json()) as NewWorkflowTest;
      sent.push(test);
      tests = [{ ...order, ...test, id: "t2" }];
      return HttpResponse.json(tests[0], { status: 201 });
    }),
    http.delete(api("/workflows/w1/tests/t1"), () => {
      tests = [];
      return new HttpResponse(null, { status: 204 });
    }),
    http.get(api("/telephony-configurations"), () => page([])),
    http.get(api("/events"), () => new HttpResponse(null, { status: 503 })),
  );
});

test("tests are run, and a failing one says where it went another way", async () => {
  const run: TestRunOut = {
    passed: false,
    results: [
      {
        test_id: "t1",
        name: "An order",
        passed: false,
        difference: { step: 0, detail: "After “where is my order”: expected to be at bye, was at hello." },
        exchanges: [],
      },
    ],
  };
  server.use(http.post(api("/workflows/w1/tests/run"), () => HttpResponse.json(run)));
  await open();
  await person.click(await screen.findByRole("button", { name: "Run all" }));
  expect(await screen.findByText("fails")).toBeVisible();
  expect(screen.getByText(/expected to be at bye, was at hello/)).toBeVisible();
});

test("a run that could not be made says why", async () => {
  server.use(
    http.post(api("/workflows/w1/tests/run"), () =>
      refusal(503, "models_not_ready", "The speech models are being loaded."),
    ),
  );
  await open();
  await person.click(await screen.findByRole("button", { name: "Run all" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("The speech models are being loaded.");
});

test("a test is written with all that must come of it", async () => {
  tests = [];
  await open();
  await person.click(await screen.findByRole("button", { name: "Add a test" }));
  const form = within(screen.getByRole("form", { name: "New test" }));
  await person.type(form.getByLabelText("Name"), "By keys");
  const turn = within(form.getByRole("group", { name: "Turn 1" }));
  await person.selectOptions(turn.getByLabelText("The caller"), "presses keys");
  await person.type(turn.getByLabelText("Which keys"), "4711");
  await person.type(turn.getByLabelText("Values it has by then"), "number = 4711{Enter}count = 2");
  await person.selectOptions(turn.getByLabelText(/The call ends/), "completed");
  await person.type(form.getByLabelText("Answer of lookup"), "count = 2");
  await person.click(form.getByRole("button", { name: "Save test" }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toEqual({
    name: "By keys",
    context: {},
    opening: {},
    steps: [
      { turn: { keys: "4711" }, expect: { gathered: { number: "4711", count: 2 }, outcome: "completed" } },
    ],
    http: { lookup: { values: { count: 2 } } },
  });
  expect(await screen.findByRole("button", { name: "Edit the test By keys" })).toBeVisible();
});

test("a test is deleted after a question", async () => {
  await open();
  await person.click(await screen.findByRole("button", { name: "Delete the test An order" }));
  await person.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Delete" }));
  expect(await screen.findByText("No tests yet")).toBeVisible();
});

test("whoever may only look sees the tests and changes none", async () => {
  signedIn("viewer");
  await open();
  expect(await screen.findByText("An order")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Run all" })).not.toBeInTheDocument();
  expect(screen.queryByRole("button", { name: /Delete/ })).not.toBeInTheDocument();
});
