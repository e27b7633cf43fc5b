import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import { accepts, api } from "@/testing/api";
import { person, renderAlone } from "@/testing/render";
import { workflow } from "@/testing/samples";
import { server } from "@/testing/server";
import { EditWorkflow } from "./EditWorkflow";

let saved: { agent?: unknown } = {};

beforeEach(() => {
  saved = {};
  accepts("/workflows/w1/publish", workflow, 200);
  server.use(
    http.patch(api("/workflows/w1"), async ({ request }) => {
      saved = (await request.json()) as typeof saved;
      return HttpResponse.json(workflow);
    }),
  );
});

const save = () => person.click(screen.getByRole("button", { name: "Save and publish" }));

test("limits and phrases of a call are set, and the usual ones shown", async () => {
  renderAlone(<EditWorkflow workflow={workflow} />);
  await person.click(screen.getByText("Advanced"));
  expect(screen.getByLabelText("Silence time-out (seconds)")).toHaveAttribute("placeholder", "30");
  await person.type(screen.getByLabelText("Silence time-out (seconds)"), "12");
  await person.type(screen.getByLabelText("Pause after the answer (milliseconds)"), "250");
  const prompt = within(screen.getByRole("group", { name: "When the caller is silent" }));
  expect(prompt.getByRole("textbox")).toHaveAttribute("placeholder", "Are you still there?");
  await person.type(prompt.getByRole("textbox"), "Hello?");
  const farewell = within(screen.getByRole("group", { name: "When the caller stays silent" }));
  await person.click(farewell.getByRole("switch", { name: "Say nothing" }));
  expect(farewell.getByRole("textbox")).toHaveValue("Nothing is said.");
  await save();
  await waitFor(() =>
    expect(saved.agent).toEqual({
      kind: "embedded",
      silence_timeout_s: 12,
      greeting_delay_ms: 250,
      phrases: { silence_prompt: "Hello?", silence_farewell: "" },
    }),
  );
});

test("a limit that is none is told where it stands", async () => {
  renderAlone(<EditWorkflow workflow={{ ...workflow, agent: { kind: "echo", max_duration_s: 60 } }} />);
  const limit = screen.getByLabelText("Maximum duration (seconds)");
  expect(limit).toHaveValue("60");
  await person.type(limit, "000");
  await save();
  await waitFor(() => expect(limit).toBeVisible());
  expect(limit).toHaveAccessibleDescription(/from 1 to 43200/);
  expect(saved).toEqual({});
});

test("how turns are taken is set, and a pause that does not fit the others is told where it stands", async () => {
  renderAlone(<EditWorkflow workflow={workflow} />);
  await person.click(screen.getByText("Advanced"));
  await person.selectOptions(
    screen.getByLabelText("When the caller speaks while the agent talks"),
    "It always finishes",
  );
  const pause = screen.getByLabelText("Pause that ends a turn (milliseconds)");
  expect(pause).toHaveAttribute("placeholder", "600");
  await person.type(pause, "300");
  await save();
  const complete = screen.getByLabelText("The same after a complete sentence (milliseconds)");
  await waitFor(() => expect(complete).toHaveAccessibleDescription(/at most 300/));
  expect(saved).toEqual({});
  await person.type(complete, "300");
  await save();
  await waitFor(() =>
    expect(saved.agent).toEqual({
      kind: "embedded",
      turns: { barge_in: "off", end_silence_ms: 300, end_silence_complete_ms: 300 },
    }),
  );
});

test("an echo takes no turns", async () => {
  renderAlone(<EditWorkflow workflow={{ ...workflow, agent: { kind: "echo" } }} />);
  await person.click(screen.getByText("Advanced"));
  expect(screen.queryByRole("group", { name: "Taking turns" })).not.toBeInTheDocument();
});
