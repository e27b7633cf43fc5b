import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { ExchangeOut, Talk, TalkOut, WorkflowDefinition } from "@/client/types.gen";
import { accepts, api, refusal, signedIn } from "@/testing/api";
import { person, renderApp } from "@/testing/render";
import { workflow } from "@/testing/samples";
import { server } from "@/testing/server";

const exchange: ExchangeOut = {
  turn: null,
  said: [{ text: "Hello.", kind: "say" }],
  requests: [],
  transfers: [],
  likeness: {},
  node_id: "hello",
  gathered: {},
  outcome: "",
  problem: "",
};

const orders: ExchangeOut = {
  ...exchange,
  turn: { say: "where is my order" },
  said: [{ text: "It is packed.", kind: "say" }],
  requests: [
    {
      node_id: "lookup",
      method: "GET",
      url: "https://erp.example.com/1",
      source: "made",
      values: { status: "packed" },
      failure: "",
    },
  ],
  likeness: { e1: 0.9 },
  node_id: "tell",
  gathered: { status: "packed", number: "4711" },
};

const definition: WorkflowDefinition = {
  nodes: workflow.definition.nodes,
  edges: [{ id: "e1", source: "hello", target: "tell", data: { label: "order status" } }],
};

let asked: Talk[] = [];

function talks(...answers: ExchangeOut[][]) {
  server.use(
    http.post(api("/workflows/w1/talk"), async ({ request }) => {
      asked.push((await request.json()) as Talk);
      const exchanges = answers[Math.min(asked.length, answers.length) - 1] ?? [];
      const last = exchanges[exchanges.length - 1];
      const answer: TalkOut = {
        exchanges,
        expects: {
          wanted: [],
          is_confirming: false,
          choices: [{ edge_id: "e2", label: "a person", digits: "0", examples: [] }],
        },
        is_over: last?.outcome !== "",
        remarks: [],
      };
      return HttpResponse.json(answer);
    }),
  );
}

beforeEach(async () => {
  asked = [];
  signedIn();
  server.use(
    http.get(api("/workflows/w1"), () => HttpResponse.json({ ...workflow, definition })),
    http.get(api("/telephony-configurations"), () => HttpResponse.json({ items: [], next_cursor: null })),
    http.get(api("/events"), () => new HttpResponse(null, { status: 503 })),
  );
  renderApp("/workflows/w1?tab=try");
  await screen.findByRole("button", { name: "Start the conversation" });
});

const start = () => person.click(screen.getByRole("button", { name: "Start the conversation" }));

async function say(text: string) {
  await person.type(await screen.findByLabelText("The caller says"), `${text}{Enter}`);
}

test("what is said is answered in a log, with what the workflow did", async () => {
  talks([exchange], [exchange, orders]);
  await person.type(screen.getByLabelText("Caller's name"), "Anna");
  await start();
  const log = await screen.findByRole("log", { name: "Conversation" });
  expect(log).toHaveTextContent("Hello.");
  await say("where is my order");
  await waitFor(() => expect(log).toHaveTextContent("It is packed."));
  expect(log).toHaveTextContent("Sounds like: order status 90 %");
  expect(log).toHaveTextContent("GET https://erp.example.com/1: status is packed");
  const now = within(screen.getByRole("region", { name: "Now" }));
  expect(now.getByText("number: 4711")).toBeVisible();
  expect(asked[1]).toMatchObject({ turns: [{ say: "where is my order" }], context: { caller_name: "Anna" } });
});

test("the enter key begins the conversation, too", async () => {
  talks([exchange]);
  await person.type(screen.getByLabelText("Caller's number"), "1000{Enter}");
  expect(await screen.findByRole("log", { name: "Conversation" })).toHaveTextContent("Hello.");
  expect(asked[0]).toMatchObject({ context: { caller_number: "1000" } });
});

test("the field is ready for the next words, and what was fetched is not fetched again", async () => {
  talks([exchange], [exchange, orders]);
  await start();
  await say("where is my order");
  await screen.findByText("It is packed.");
  await waitFor(() => expect(screen.getByLabelText("The caller says")).toHaveFocus());
  await person.click(screen.getByRole("button", { name: /^a person/ }));
  await waitFor(() => expect(asked).toHaveLength(3));
  expect(asked[2]?.turns).toEqual([{ say: "where is my order" }, { keys: "0" }]);
  expect(asked[2]?.past_requests).toEqual([
    { node_id: "lookup", answer: { values: { status: "packed" }, failure: "" } },
  ]);
});

test("a transfer can fail, and brings the caller back", async () => {
  const transferred: ExchangeOut = {
    ...exchange,
    turn: { keys: "0" },
    outcome: "transferred",
    transfers: [{ node_id: "desk", to: "PJSIP/6001" }],
  };
  talks([exchange], [exchange, transferred]);
  await start();
  await person.type(await screen.findByLabelText("Keys"), "0{Enter}");
  expect(await screen.findByText("put through to PJSIP/6001")).toBeVisible();
  expect(screen.queryByLabelText("The caller says")).not.toBeInTheDocument();
  await person.click(screen.getByRole("button", { name: "Nobody answers the transfer" }));
  await waitFor(() =>
    expect(asked[2]?.turns).toEqual([{ keys: "0" }, { transfer_failed: "Nobody answered." }]),
  );
});

test("words that could not be sent are still there", async () => {
  talks([exchange]);
  await start();
  await screen.findByLabelText("The caller says");
  server.use(
    http.post(api("/workflows/w1/talk"), () =>
      refusal(503, "models_not_ready", "The speech models are being loaded."),
    ),
  );
  await say("hello");
  expect(await screen.findByRole("alert")).toHaveTextContent("The speech models are being loaded.");
  expect(screen.getByLabelText("The caller says")).toHaveValue("hello");
});

test("a conversation that went well is kept as a test", async () => {
  talks([exchange], [exchange, orders]);
  const kept = accepts("/workflows/w1/tests", {}, 201);
  await start();
  await say("where is my order");
  await person.type(await screen.findByLabelText("Name of the test"), "An order");
  await person.click(screen.getByRole("button", { name: "Keep as a test" }));
  await waitFor(() => expect(kept).toHaveLength(1));
  expect(kept[0]).toEqual({
    name: "An order",
    context: {},
    opening: { node_id: "hello" },
    steps: [
      {
        turn: { say: "where is my order" },
        expect: { node_id: "tell", gathered: { status: "packed", number: "4711" } },
      },
    ],
    http: { lookup: { values: { status: "packed" } } },
  });
});
