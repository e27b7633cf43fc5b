import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { beforeEach, describe, expect, test } from "vitest";
import type { RunOut } from "@/client/types.gen";
import { accepts, api, page, refusal, signedIn } from "@/testing/api";
import { person, renderApp } from "@/testing/render";
import { call } from "@/testing/samples";
import { server } from "@/testing/server";

function live(...calls: RunOut[]) {
  server.use(http.get(api("/calls"), () => page(calls)));
}

async function choose(action: string) {
  await person.click(await screen.findByRole("button", { name: "More for the call of 6001" }));
  await person.click(await screen.findByRole("menuitem", { name: action }));
}

beforeEach(() => {
  signedIn("operator");
  live(call);
});

test("a call says in which direction it goes", async () => {
  live(call, { ...call, id: "r2", direction: "outbound", from: "", to: "+49301234" });
  renderApp("/calls");
  const inbound = await screen.findByRole("row", { name: /Inbound\s*6001 8999 Reception/ });
  expect(within(inbound).getByText("Talking")).toBeVisible();
  expect(screen.getByRole("row", { name: /Outbound\s*\+49301234 No caller ID/ })).toBeVisible();
});

test("a viewer sees calls and no controls", async () => {
  signedIn("viewer");
  renderApp("/calls");
  expect(await screen.findByRole("row", { name: /6001/ })).toBeVisible();
  expect(screen.queryByRole("button", { name: /Hang up|More/ })).not.toBeInTheDocument();
});

test("hanging up is asked about first", async () => {
  const asked = accepts("/calls/r1/hangup");
  renderApp("/calls");
  await person.click(await screen.findByRole("button", { name: "Hang up" }));
  const question = await screen.findByRole("alertdialog", { name: "Hang up the call of 6001?" });
  expect(asked).toEqual([]);
  await person.click(within(question).getByRole("button", { name: "Hang up now" }));
  await waitFor(() => expect(asked).toHaveLength(1));
  await waitFor(() => expect(screen.queryByRole("alertdialog")).not.toBeInTheDocument());
});

test("a hang-up that is refused says why", async () => {
  server.use(
    http.post(api("/calls/r1/hangup"), () => refusal(409, "call_ended", "This call has ended already.")),
  );
  renderApp("/calls");
  await person.click(await screen.findByRole("button", { name: "Hang up" }));
  await person.click(await screen.findByRole("button", { name: "Hang up now" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("This call has ended already.");
});

describe("a transfer", () => {
  async function open() {
    renderApp("/calls");
    await choose("Transfer…");
    return within(await screen.findByRole("dialog", { name: "Transfer the call of 6001" }));
  }
  const send = (dialog: ReturnType<typeof within>) =>
    person.click(dialog.getByRole("button", { name: "Transfer" }));

  test("rings somebody and connects", async () => {
    const sent = accepts("/calls/r1/transfer");
    const dialog = await open();
    await person.type(dialog.getByLabelText("To"), " PJSIP/6002 ");
    await send(dialog);
    await waitFor(() => expect(sent).toEqual([{ mode: "blind", to: "PJSIP/6002" }]));
    expect(await screen.findByText(/^Transferring 6001/)).toBeVisible();
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  });

  test("tells somebody first", async () => {
    const sent = accepts("/calls/r1/transfer");
    const dialog = await open();
    await person.selectOptions(dialog.getByLabelText("How"), "Tell somebody first, then connect");
    await person.type(dialog.getByLabelText("To"), "6002");
    await person.type(dialog.getByLabelText("Briefing"), "It is about an order.");
    await person.click(dialog.getByRole("switch", { name: "Must press 1 to take the call" }));
    await send(dialog);
    await waitFor(() =>
      expect(sent).toEqual([
        { mode: "attended", to: "6002", briefing: "It is about an order.", must_confirm: true },
      ]),
    );
  });

  test("goes into the dialplan, and asks for the place", async () => {
    const sent = accepts("/calls/r1/transfer");
    const dialog = await open();
    await person.selectOptions(dialog.getByLabelText("How"), "Back into the dialplan");
    await send(dialog);
    await waitFor(() =>
      expect(dialog.getByLabelText("Context")).toHaveAccessibleDescription(
        "Enter a context of the dialplan.",
      ),
    );
    expect(sent).toEqual([]);
    await person.type(dialog.getByLabelText("Context"), "internal");
    await person.type(dialog.getByLabelText("Extension"), "200");
    await person.clear(dialog.getByLabelText("Priority"));
    await person.type(dialog.getByLabelText("Priority"), "3");
    await send(dialog);
    await waitFor(() =>
      expect(sent).toEqual([{ mode: "dialplan", context: "internal", extension: "200", priority: 3 }]),
    );
  });

  test("by REFER needs only the target", async () => {
    const sent = accepts("/calls/r1/transfer");
    const dialog = await open();
    await person.selectOptions(dialog.getByLabelText("How"), "By the caller's own telephone (SIP REFER)");
    await person.type(dialog.getByLabelText("To"), "6002");
    await send(dialog);
    await waitFor(() => expect(sent).toEqual([{ mode: "refer", to: "6002" }]));
  });

  test("that can't be now stays open and says why", async () => {
    server.use(
      http.post(api("/calls/r1/transfer"), () =>
        refusal(409, "call_not_talking", "Nobody is talking in this call at the moment."),
      ),
    );
    const dialog = await open();
    await person.type(dialog.getByLabelText("To"), "6002");
    await send(dialog);
    expect(await dialog.findByRole("alert")).toHaveTextContent("Nobody is talking in this call");
  });
});

describe("the keypad", () => {
  async function open() {
    renderApp("/calls");
    await choose("Send keys…");
    return within(await screen.findByRole("dialog", { name: "Send keys to 6001" }));
  }

  test("sends each key, clicked or typed, in order", async () => {
    const sent = accepts("/calls/r1/dtmf");
    const dialog = await open();
    await person.click(dialog.getByRole("button", { name: "7" }));
    await person.keyboard("42#");
    await person.click(dialog.getByRole("button", { name: "Star" }));
    expect(await dialog.findByText("Sent: 7 4 2 # *")).toBeVisible();
    expect(sent).toEqual([..."742#*"].map((digits) => ({ digits })));
  });

  test("says why a key was not sent", async () => {
    server.use(
      http.post(api("/calls/r1/dtmf"), () =>
        refusal(409, "call_not_talking", "Nobody is talking in this call at the moment."),
      ),
    );
    const dialog = await open();
    await person.click(dialog.getByRole("button", { name: "1" }));
    expect(await dialog.findByRole("alert")).toHaveTextContent("Nobody is talking in this call");
    expect(dialog.getByText("Nothing sent yet.")).toBeVisible();
  });
});

test("a caller is put on hold and brought back", async () => {
  const held = accepts("/calls/r1/hold");
  const resumed = accepts("/calls/r1/resume");
  renderApp("/calls");
  await choose("Hold");
  expect(await screen.findByText("6001 hears music on hold")).toBeVisible();
  await choose("Resume");
  expect(await screen.findByText("6001 is back with the agent")).toBeVisible();
  expect([held.length, resumed.length]).toEqual([1, 1]);
});

test("a refused hold is told in the server's words", async () => {
  server.use(
    http.post(api("/calls/r1/hold"), () => refusal(409, "call_ended", "This call has ended already.")),
  );
  renderApp("/calls");
  await choose("Hold");
  expect(await screen.findByText("This call has ended already.")).toBeVisible();
});
