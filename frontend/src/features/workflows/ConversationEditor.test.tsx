import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { ProblemOut, WorkflowDefinition, WorkflowOut } from "@/client/types.gen";
import { api, page, refusal, signedIn } from "@/testing/api";
import { person, renderApp } from "@/testing/render";
import { workflow } from "@/testing/samples";
import { server } from "@/testing/server";

const definition: WorkflowDefinition = {
  nodes: [
    { id: "hello", type: "start", data: { say: "Hello." } },
    { id: "bye", type: "end", data: { say: "Goodbye." } },
  ],
  edges: [{ id: "e1", source: "hello", target: "bye", data: { examples: ["bye"] } }],
};

const deadEnd: ProblemOut = {
  severity: "error",
  code: "dead_end",
  message: "Node step is a dead end: add an edge that leaves it.",
  node_id: "step",
  edge_id: null,
  path: ["nodes", 2],
};

let stored: WorkflowOut;
let published: unknown[] = [];

beforeEach(async () => {
  stored = { ...workflow, definition };
  published = [];
  signedIn();
  server.use(
    http.get(api("/workflows/w1"), () => HttpResponse.json(stored)),
    http.patch(api("/workflows/w1"), async ({ request }) => {
      stored = { ...stored, ...((await request.json()) as object), has_unpublished_changes: true };
      return HttpResponse.json(stored);
    }),
    http.post(api("/workflows/w1/validate"), async ({ request }) => {
      const { definition: asked } = (await request.json()) as { definition: WorkflowDefinition };
      const problems = asked.nodes.some(({ id }) => id === "step") ? [deadEnd] : [];
      return HttpResponse.json({ is_valid: problems.length === 0, problems });
    }),
    http.post(api("/workflows/w1/publish"), async ({ request }) => {
      const body = (await request.json()) as { force: boolean };
      published.push(body);
      if (!body.force) return refusal(409, "tests_failed", "1 of 1 test conversations fails. Hours: wrong.");
      stored = { ...stored, published_version: 2, has_unpublished_changes: false };
      return HttpResponse.json({
        version: 2,
        definition,
        agent: workflow.agent,
        created_at: "2026-01-02T03:04:05Z",
      });
    }),
    http.get(api("/telephony-configurations"), () => page([])),
    http.get(api("/events"), () => new HttpResponse(null, { status: 503 })),
  );
  renderApp("/workflows/w1?tab=conversation");
  await screen.findByRole("button", { name: "Add step" });
});

const openStep = (name: RegExp) => person.click(screen.getByRole("button", { name }));
const save = () => person.click(screen.getByRole("button", { name: "Save draft" }));

test("what a step says is changed and saved", async () => {
  await openStep(/^hello Start/);
  const says = screen.getByLabelText("Says");
  await person.clear(says);
  await person.type(says, "Good morning.");
  await save();
  await waitFor(() => expect(stored.definition.nodes[0]?.data).toEqual({ say: "Good morning." }));
  expect(await screen.findByText(/this draft is not published/)).toBeVisible();
});

test("a step is added, told what is wrong with it, led on and removed", async () => {
  await person.click(screen.getByRole("button", { name: "Add step" }));
  const problems = await screen.findByRole("list", { name: "What is wrong with step" });
  expect(within(problems).getByText(/dead end/)).toBeVisible();
  await person.click(screen.getByRole("button", { name: "Add a way on" }));
  const way = within(screen.getByRole("group", { name: "To bye" }));
  await person.type(way.getByLabelText("Keys"), "9x");
  await person.type(way.getByLabelText("What a caller says"), "goodbye{Enter}{Enter}see you");
  await save();
  await waitFor(() =>
    expect(stored.definition.edges?.[1]).toEqual({
      id: "step-bye",
      source: "step",
      target: "bye",
      data: { digits: "9", examples: ["goodbye", "see you"] },
    }),
  );
  await person.click(screen.getByRole("button", { name: "Remove this step" }));
  await save();
  await waitFor(() => expect(stored.definition).toEqual(definition));
});

test("a value is asked for", async () => {
  await openStep(/^hello Start/);
  await person.click(screen.getByRole("button", { name: "Ask for a value" }));
  const value = within(screen.getByRole("group", { name: "Value value_1" }));
  await person.selectOptions(value.getByLabelText("What it is"), "Digits, spoken or keyed");
  await person.type(value.getByLabelText("Most digits"), "4");
  await person.click(value.getByRole("switch", { name: "Ask whether it was understood" }));
  await save();
  await waitFor(() =>
    expect(stored.definition.nodes[0]?.data).toEqual({
      say: "Hello.",
      collect: [{ name: "value_1", type: "digits", max_length: 4, confirm: true }],
    }),
  );
});

test("a definition is taken as JSON, and what is none is refused", async () => {
  await person.click(screen.getByText("As JSON"));
  const text = screen.getByLabelText("Definition");
  await person.clear(text);
  await person.click(text);
  await person.paste('{"nodes": [{"id": "x"}]}');
  await person.click(screen.getByRole("button", { name: "Take this definition" }));
  expect(text).toHaveAccessibleDescription(/needs “nodes”/);
  await person.clear(text);
  await person.click(text);
  await person.paste('{"nodes": [{"id": "only", "type": "start"}]}');
  await person.click(screen.getByRole("button", { name: "Take this definition" }));
  expect(screen.getByRole("button", { name: /^only Start/ })).toBeVisible();
});

test("publishing saves first, tells which tests fail, and can be forced", async () => {
  await openStep(/^hello Start/);
  await person.type(screen.getByLabelText("Says"), " Welcome.");
  await person.click(screen.getByRole("button", { name: "Publish" }));
  expect(await screen.findByRole("alert")).toHaveTextContent(
    "1 of 1 test conversations fails. Hours: wrong.",
  );
  expect(stored.definition.nodes[0]?.data).toEqual({ say: "Hello. Welcome." });
  await person.click(screen.getByRole("button", { name: "Publish anyway" }));
  expect(await screen.findByText("Version 2 published")).toBeVisible();
  expect(published).toEqual([{ force: false }, { force: true }]);
  expect(screen.queryByRole("button", { name: "Publish" })).not.toBeInTheDocument();
});

test("changes that are not saved are kept from one part of the page to the next, and can be discarded", async () => {
  await openStep(/^hello Start/);
  await person.type(screen.getByLabelText("Says"), " Welcome.");
  await person.click(screen.getByRole("tab", { name: "Settings" }));
  await person.click(screen.getByRole("tab", { name: "Conversation" }));
  expect(await screen.findByText("Hello. Welcome.")).toBeVisible();
  await person.click(screen.getByRole("button", { name: "Discard changes" }));
  expect(screen.queryByText("Hello. Welcome.")).not.toBeInTheDocument();
  expect(stored.definition).toEqual(definition);
});
