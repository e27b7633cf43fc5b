import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, test } from "vitest";
import { api, page, refusal, signedIn } from "@/testing/api";
import { person, renderApp } from "@/testing/render";
import { ariProvider, configuration, run, user } from "@/testing/samples";
import { server } from "@/testing/server";

function configured(...items: unknown[]) {
  server.use(http.get(api("/telephony-configurations"), () => page(items)));
}

beforeEach(() => {
  server.use(
    http.get(api("/auth/me"), () => refusal(401, "not_authenticated", "Sign in.")),
    http.get(api("/auth/setup"), () => HttpResponse.json({ needed: false })),
    http.get(api("/telephony-providers"), () => page([ariProvider])),
    http.get(api("/calls"), () => page([])),
    http.get(api("/runs"), () => page([])),
  );
});

describe("a visitor who is not signed in", () => {
  test("signs in and comes back to the page asked for", async () => {
    server.use(
      http.post(api("/auth/login"), () => {
        signedIn();
        return HttpResponse.json({ user });
      }),
    );
    const { location } = renderApp("/runs?outcome=busy");
    await person.type(await screen.findByLabelText("Email"), user.email);
    await person.type(screen.getByLabelText("Password"), "correct horse");
    await person.click(screen.getByRole("button", { name: "Sign in" }));
    expect(await screen.findByRole("heading", { name: "Runs", level: 1 })).toBeVisible();
    expect(location()).toBe("/runs?outcome=busy");
  });

  test("is told when the password is wrong", async () => {
    server.use(
      http.post(api("/auth/login"), () => refusal(401, "invalid_credentials", "The password is wrong.")),
    );
    renderApp("/login");
    await person.type(await screen.findByLabelText("Email"), user.email);
    await person.type(screen.getByLabelText("Password"), "guess");
    await person.click(screen.getByRole("button", { name: "Sign in" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("The password is wrong.");
    expect(screen.getByLabelText("Password")).toHaveValue("");
  });

  test("makes the first administrator where there is none", async () => {
    server.use(http.get(api("/auth/setup"), () => HttpResponse.json({ needed: true })));
    const { location } = renderApp("/");
    expect(await screen.findByRole("heading", { name: "Set up Asisso" })).toBeVisible();
    expect(location()).toBe("/setup");
  });
});

describe("the start page", () => {
  test("leads to adding a PBX while there is none", async () => {
    signedIn();
    configured();
    const { location } = renderApp("/");
    expect(await screen.findByText("No PBX is connected yet")).toBeVisible();
    expect(location()).toBe("/telephony-configurations");
  });

  test("leads to the running calls otherwise", async () => {
    signedIn();
    configured(configuration);
    const { location } = renderApp("/");
    expect(await screen.findByText("No call is running")).toBeVisible();
    expect(location()).toBe("/calls");
  });
});

test("a list that can't be loaded says why, and loads when asked again", async () => {
  signedIn();
  server.use(
    http.get(api("/telephony-configurations"), () => refusal(403, "forbidden", "You may not see this.")),
  );
  renderApp("/telephony-configurations");
  expect(await screen.findByRole("alert")).toHaveTextContent("You may not see this.");
  configured(configuration);
  await person.click(screen.getByRole("button", { name: "Retry" }));
  const row = await screen.findByRole("row", { name: /Head office/ });
  expect(within(row).getByText("Connected")).toBeVisible();
});

test("a PBX is added by way of its provider", async () => {
  signedIn();
  configured();
  const { location } = renderApp("/telephony-configurations");
  await person.click(await screen.findByRole("button", { name: "Add configuration" }));
  await person.click(await screen.findByRole("button", { name: "Asterisk ARI" }));
  expect(await screen.findByLabelText("ARI Endpoint URL")).toBeVisible();
  expect(location()).toBe("/telephony-configurations/new?provider=ari");
});

test("a refused call says why on its page", async () => {
  signedIn();
  server.use(
    http.get(api("/runs/r1"), () => HttpResponse.json(run)),
    http.get(api("/runs/r1/timeline"), () => page([])),
  );
  renderApp("/runs/r1");
  expect(await screen.findByRole("heading", { name: "Call from 6001 to 8999" })).toBeVisible();
  expect(screen.getByText("Refused: unknown number")).toBeVisible();
  expect(screen.getByRole("alert")).toHaveTextContent("No phone number 8999 is registered here.");
});

test("a filter of the runs is kept in the address and asked of the server", async () => {
  signedIn();
  const asked: string[] = [];
  server.use(
    http.get(api("/runs"), ({ request }) => {
      asked.push(new URL(request.url).search);
      return page([]);
    }),
  );
  const { location } = renderApp("/runs");
  await person.selectOptions(await screen.findByLabelText("Outcome"), "Busy");
  await person.selectOptions(screen.getByLabelText("Direction"), "Outbound");
  await person.type(screen.getByLabelText("Number"), "8000");
  await waitFor(() => expect(asked.at(-1)).toContain("outcome=busy&direction=outbound&number=8000"));
  expect(location()).toContain("outcome=busy");
  expect(await screen.findByText("No run fits these filters")).toBeVisible();
});

test("a call that was put through says by whom it ended and with which cause", async () => {
  signedIn();
  const transferred = {
    ...run,
    direction: "outbound",
    outcome: "transferred",
    ended_by: "target",
    hangup_cause: { code: 16, text: "Normal Clearing", sip_status: 200 },
    detail: "Put through to PJSIP/6002.",
  };
  server.use(
    http.get(api("/runs/r1"), () => HttpResponse.json(transferred)),
    http.get(api("/runs/r1/timeline"), () =>
      page([{ at_ms: 1_500, kind: "request", detail: { what: "dial_target", result: "ok" } }]),
    ),
  );
  renderApp("/runs/r1");
  expect(await screen.findByRole("heading", { name: "Call to 8999 as 6001" })).toBeVisible();
  expect(screen.getByText("Whom the caller was put through to")).toBeVisible();
  expect(screen.getByText("Normal Clearing (16), SIP 200 OK")).toBeVisible();
  expect(screen.getByText("Put through to PJSIP/6002.")).toBeVisible();
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  await person.click(await screen.findByText("1 event"));
  expect(screen.getByRole("cell", { name: "Asked Asterisk to dial whom to transfer to" })).toBeVisible();
});

test("a busy telephone that we called is not said to be the caller", async () => {
  signedIn();
  const busy = {
    ...run,
    direction: "outbound",
    outcome: "busy",
    ended_by: "caller",
    hangup_cause: { code: 17, text: "User busy", sip_status: 486 },
    detail: "The line was busy.",
  };
  server.use(
    http.get(api("/runs/r1"), () => HttpResponse.json(busy)),
    http.get(api("/runs/r1/timeline"), () => page([])),
  );
  renderApp("/runs/r1");
  expect(await screen.findByText("Whom we called")).toBeVisible();
  expect(screen.getByText("User busy (17), SIP 486 Busy Here")).toBeVisible();
});
