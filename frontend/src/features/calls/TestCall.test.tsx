import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, test } from "vitest";
import type { ConnectionState, RunDetail, TelephonyConfigurationOut } from "@/client/types.gen";
import { accepts, api, page, refusal, signedIn } from "@/testing/api";
import { person, renderApp } from "@/testing/render";
import { ariProvider, call, configuration, workflow } from "@/testing/samples";
import { server } from "@/testing/server";

const outbound: RunDetail = {
  ...call,
  direction: "outbound",
  from: "",
  to: "6001",
  transcript: [],
  quality: null,
};

function configured(...items: TelephonyConfigurationOut[]) {
  server.use(http.get(api("/telephony-configurations"), () => page(items)));
}

function standing(state: ConnectionState, changes: Partial<TelephonyConfigurationOut> = {}) {
  return { ...configuration, ...changes, status: { ...configuration.status, state } };
}

function runIs(changes: Partial<RunDetail>) {
  server.use(http.get(api("/runs/r1"), () => HttpResponse.json({ ...outbound, ...changes })));
}

async function openDialog(path = "/workflows/w1") {
  renderApp(path);
  const button = await screen.findByRole("button", { name: "Test call" });
  await waitFor(() => expect(button).toBeEnabled());
  await person.click(button);
  return within(await screen.findByRole("dialog", { name: "Test call" }));
}

async function callNow(dialog: ReturnType<typeof within>, to = "6001") {
  await person.clear(dialog.getByLabelText("Number or endpoint"));
  await person.type(dialog.getByLabelText("Number or endpoint"), to);
  await person.click(dialog.getByRole("button", { name: "Call now" }));
}

beforeEach(() => {
  localStorage.clear();
  signedIn();
  configured(configuration);
  server.use(
    http.get(api("/workflows/w1"), () => HttpResponse.json(workflow)),
    http.get(api("/workflows"), () => page([workflow, { ...workflow, id: "w2", name: "Night desk" }])),
    http.get(api("/telephony-configurations/c1"), () => HttpResponse.json(configuration)),
    http.get(api("/telephony-configurations/c1/phone-numbers"), () => page([])),
    http.get(api("/telephony-configurations/c1/asterisk-config"), () => HttpResponse.json({ files: [] })),
    http.get(api("/telephony-providers"), () => page([ariProvider])),
  );
});

describe("whom to call", () => {
  test("is asked, and nothing there is only one of", async () => {
    const sent = accepts("/calls", { run: outbound });
    runIs({ state: "queued", answered_at: null });
    const dialog = await openDialog();
    expect(dialog.queryByLabelText("Through")).not.toBeInTheDocument();
    expect(dialog.queryByLabelText("Workflow")).not.toBeInTheDocument();
    await callNow(dialog, " PJSIP/6001 ");
    await waitFor(() =>
      expect(sent).toEqual([{ workflow_id: "w1", to: "PJSIP/6001", telephony_configuration_id: "c1" }]),
    );
  });

  test("is remembered by this browser", async () => {
    accepts("/calls", { run: outbound });
    runIs({ state: "completed", outcome: "busy", duration_ms: 0 });
    const dialog = await openDialog();
    await callNow(dialog, "PJSIP/6001");
    await person.click(await dialog.findByRole("button", { name: "Call again" }));
    expect(await dialog.findByLabelText("Number or endpoint")).toHaveValue("PJSIP/6001");
  });

  test("goes through the default for outbound calls unless another is chosen", async () => {
    const sent = accepts("/calls", { run: outbound });
    runIs({ state: "queued", answered_at: null });
    configured(
      standing("retrying", { id: "c0", name: "Branch" }),
      configuration,
      standing("connected", { id: "c2", name: "Trunk", is_default_outbound: true }),
      standing("connected", { id: "c3", name: "Off", is_enabled: false }),
    );
    const dialog = await openDialog();
    const through = dialog.getByLabelText("Through");
    expect(through).toHaveDisplayValue("Trunk");
    expect(within(through).getByRole("option", { name: "Branch (not connected)" })).toBeDisabled();
    expect(within(through).queryByRole("option", { name: "Off" })).not.toBeInTheDocument();
    await person.selectOptions(through, "Head office");
    await person.type(dialog.getByLabelText("Caller ID"), "+4930123");
    await callNow(dialog);
    await waitFor(() =>
      expect(sent).toEqual([
        { workflow_id: "w1", to: "6001", telephony_configuration_id: "c1", from: "+4930123" },
      ]),
    );
  });

  test("from a configuration's page asks which workflow talks", async () => {
    const sent = accepts("/calls", { run: outbound });
    runIs({ state: "queued", answered_at: null });
    const dialog = await openDialog("/telephony-configurations/c1");
    expect(dialog.queryByLabelText("Through")).not.toBeInTheDocument();
    await person.selectOptions(dialog.getByLabelText("Workflow"), "Night desk");
    await callNow(dialog);
    await waitFor(() =>
      expect(sent).toEqual([{ workflow_id: "w2", to: "6001", telephony_configuration_id: "c1" }]),
    );
  });
});

describe("a test call that can't be made", () => {
  test.each([
    ["Head office is not connected to its PBX.", [standing("retrying")]],
    ["No PBX is set up and enabled under Telephony.", [standing("disabled", { is_enabled: false })]],
    ["No telephony configuration is connected to its PBX.", [standing("retrying"), standing("connecting")]],
  ])("says beforehand: %s", async (reason, configurations) => {
    configured(...configurations);
    renderApp("/workflows/w1");
    const button = await screen.findByRole("button", { name: "Test call" });
    expect(await screen.findByText(reason)).toBeVisible();
    expect(button).toBeDisabled();
    expect(button).toHaveAccessibleDescription(reason);
  });

  test("is not offered to a viewer", async () => {
    signedIn("viewer");
    renderApp("/workflows/w1");
    expect(await screen.findByRole("heading", { name: "Reception" })).toBeVisible();
    expect(screen.queryByRole("button", { name: "Test call" })).not.toBeInTheDocument();
  });

  test("has a bad number told at its field", async () => {
    server.use(
      http.post(api("/calls"), () =>
        refusal(422, "validation_error", [
          { loc: ["body", "to"], msg: "Write a number such as 6001.", type: "value_error" },
        ]),
      ),
    );
    const dialog = await openDialog();
    await callNow(dialog, "a b");
    await waitFor(() =>
      expect(dialog.getByLabelText("Number or endpoint")).toHaveAccessibleDescription(
        /Write a number such as 6001\./,
      ),
    );
  });

  test("has a lost connection told at the choice of it", async () => {
    configured(configuration, standing("connected", { id: "c2", name: "Trunk" }));
    server.use(
      http.post(api("/calls"), () =>
        refusal(409, "telephony_configuration_not_connected", "Head office is not connected."),
      ),
    );
    const dialog = await openDialog();
    await callNow(dialog);
    await waitFor(() =>
      expect(dialog.getByLabelText("Through")).toHaveAccessibleDescription("Head office is not connected."),
    );
  });

  test.each([
    [409, "telephony_configuration_not_connected", "Head office is not connected."],
    [429, "quota_exceeded", "All 10 calls of the organization are in use."],
    [503, "no_capacity", "This server takes no further call now."],
  ])("by a %d says why", async (status, code, sentence) => {
    server.use(http.post(api("/calls"), () => refusal(status, code, sentence)));
    const dialog = await openDialog();
    await callNow(dialog);
    expect(await dialog.findByRole("alert")).toHaveTextContent(sentence);
  });
});

describe("the progress of a test call", () => {
  test("is told from the first ring to the end, with a way to the run", async () => {
    accepts("/calls", { run: { ...outbound, state: "queued", answered_at: null } });
    runIs({ state: "queued", answered_at: null });
    const dialog = await openDialog();
    await callNow(dialog);
    expect(await dialog.findByRole("status")).toHaveTextContent("Calling 6001.");
    runIs({ state: "ringing", answered_at: null });
    expect(await dialog.findByText("6001 is ringing.")).toBeVisible();
    runIs({ state: "in_progress" });
    expect(await dialog.findByText("The agent talks with 6001.")).toBeVisible();
    runIs({ state: "completed", outcome: "caller_hung_up", duration_ms: 62_000 });
    expect(await dialog.findByText("6001 hung up.")).toBeVisible();
    expect(dialog.getByText("1:02")).toBeVisible();
    expect(dialog.getByRole("link", { name: "Open the run" })).toHaveAttribute("href", "/runs/r1");
    expect(dialog.queryByRole("button", { name: "Hang up" })).not.toBeInTheDocument();
  });

  test("ends with the server's reason where it gives one", async () => {
    accepts("/calls", { run: outbound });
    runIs({
      state: "completed",
      outcome: "declined",
      detail: "The call was declined. SIP 603.",
      duration_ms: 0,
    });
    const dialog = await openDialog();
    await callNow(dialog);
    expect(await dialog.findByText("The call was declined. SIP 603.")).toBeVisible();
    expect(dialog.getByText("Declined")).toBeVisible();
  });

  test("can be cut short, and a refusal is told", async () => {
    accepts("/calls", { run: outbound });
    runIs({});
    server.use(
      http.post(api("/calls/r1/hangup"), () => refusal(409, "call_not_live", "This call is just beginning.")),
    );
    const dialog = await openDialog();
    await callNow(dialog);
    await person.click(await dialog.findByRole("button", { name: "Hang up" }));
    expect(await dialog.findByRole("alert")).toHaveTextContent("This call is just beginning.");
    const asked = accepts("/calls/r1/hangup", { run: outbound });
    await person.click(dialog.getByRole("button", { name: "Hang up" }));
    await waitFor(() => expect(asked).toHaveLength(1));
  });

  test("is still there when the window is opened again", async () => {
    accepts("/calls", { run: outbound });
    runIs({});
    const dialog = await openDialog();
    await callNow(dialog);
    expect(await dialog.findByText("The agent talks with 6001.")).toBeVisible();
    await person.click(dialog.getByRole("button", { name: "Close" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
    await person.click(screen.getByRole("button", { name: "Test call" }));
    expect(await screen.findByText("The agent talks with 6001.")).toBeVisible();
  });
});
