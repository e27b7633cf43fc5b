import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { WorkflowOut } from "@/client/types.gen";
import { accepts, api, refusal } from "@/testing/api";
import { person, renderAlone } from "@/testing/render";
import { workflow } from "@/testing/samples";
import { server } from "@/testing/server";
import { EditWorkflow } from "./EditWorkflow";

const llm = { base_url: "https://llm.example.com/v1", model: "small" };
const keyed: WorkflowOut = {
  ...workflow,
  // What the server shows of a key that is stored.
  agent: { kind: "cascade", llm: { ...llm, api_key_set: true } },
};

let saved: { agent?: unknown } = {};

beforeEach(() => {
  saved = {};
  accepts("/workflows/w1/publish", workflow, 200);
  server.use(
    http.patch(api("/workflows/w1"), async ({ request }) => {
      saved = (await request.json()) as typeof saved;
      return HttpResponse.json(keyed);
    }),
  );
});

const save = () => person.click(screen.getByRole("button", { name: "Save draft" }));
/** The one that talks; another may look at the call afterwards. */
function model() {
  const [first] = screen.getAllByRole("group", { name: "Language model" });
  return within(first as HTMLElement);
}

test("an agent of another kind is set up with its own settings", async () => {
  renderAlone(<EditWorkflow workflow={workflow} />);
  await person.selectOptions(screen.getByLabelText("Agent"), "cascade");
  await person.type(model().getByLabelText("Base URL"), "http://127.0.0.1:11434/v1");
  await person.type(model().getByLabelText("Model"), "llama3");
  await person.type(model().getByLabelText("API key"), "sk-1");
  const speech = within(screen.getByRole("group", { name: "Speech" }));
  await person.selectOptions(speech.getByLabelText("Kind"), "A server like OpenAI's");
  await save();
  await waitFor(() =>
    expect(saved.agent).toEqual({
      kind: "cascade",
      llm: { base_url: "http://127.0.0.1:11434/v1", model: "llama3", api_key: "sk-1" },
      tts: { kind: "openai" },
    }),
  );
});

test("a stored key is not shown, and stays while it is left alone", async () => {
  renderAlone(<EditWorkflow workflow={keyed} />);
  const key = model().getByLabelText("API key");
  expect(key).toHaveAttribute("type", "password");
  expect(key).toHaveAttribute("readonly");
  expect(key).toHaveAccessibleDescription(/One is stored/);
  await person.type(model().getByLabelText("Model"), "er");
  await save();
  await waitFor(() =>
    expect(saved.agent).toEqual({
      kind: "cascade",
      llm: { ...llm, model: "smaller", api_key_set: true },
    }),
  );
});

test("a stored key is replaced, or taken away", async () => {
  renderAlone(<EditWorkflow workflow={keyed} />);
  await person.click(screen.getByRole("button", { name: "Replace API key" }));
  await person.type(model().getByLabelText("API key"), "sk-2");
  await save();
  await waitFor(() => expect(saved.agent).toMatchObject({ llm: { api_key: "sk-2" } }));
  await person.clear(model().getByLabelText("API key"));
  await save();
  await waitFor(() => expect(saved.agent).toMatchObject({ llm: { api_key: "" } }));
  await person.click(screen.getByRole("button", { name: "Keep the stored API key" }));
  await save();
  await waitFor(() => expect(saved.agent).not.toHaveProperty("llm.api_key"));
});

test("what the server finds wrong stands at its field", async () => {
  server.use(
    http.patch(api("/workflows/w1"), () =>
      refusal(422, "validation_error", [
        {
          type: "value_error",
          loc: ["body", "agent"],
          msg: "llm.model: Field required; tts.openai.speed: Input should be greater than 0.",
        },
      ]),
    ),
  );
  renderAlone(<EditWorkflow workflow={keyed} />);
  await save();
  await waitFor(() =>
    expect(model().getByLabelText("Model")).toHaveAccessibleDescription(/Field required\./),
  );
});
