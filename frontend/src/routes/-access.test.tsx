import { screen, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, describe, expect, test } from "vitest";
import type { Role } from "@/client/types.gen";
import { accepts, api, page, refusal, signedIn } from "@/testing/api";
import { person, renderApp } from "@/testing/render";
import { ariProvider, configuration, healthy, phoneNumber, user, workflow } from "@/testing/samples";
import { server } from "@/testing/server";

const organization = {
  id: "o1",
  name: "Example",
  max_concurrent_calls: null,
  monthly_minutes: null,
  created_at: "2026-01-02T03:04:05Z",
  usage: { active_calls: 0, minutes_this_month: 0 },
};

beforeEach(() => {
  server.use(
    http.get(api("/auth/setup"), () => HttpResponse.json({ needed: false })),
    http.get(api("/telephony-providers"), () => page([ariProvider])),
    http.get(api("/telephony-configurations"), () => page([configuration])),
    http.get(api("/telephony-configurations/c1"), () => HttpResponse.json(configuration)),
    http.get(api("/telephony-configurations/c1/diagnostics"), () => HttpResponse.json(healthy)),
    http.get(api("/telephony-configurations/c1/phone-numbers"), () => page([phoneNumber])),
    http.get(api("/workflows"), () => page([workflow])),
    http.get(api("/workflows/w1"), () => HttpResponse.json(workflow)),
    http.get(api("/organization"), () => HttpResponse.json(organization)),
    http.get(api("/sessions"), () => page([])),
    http.get(api("/calls"), () => page([])),
  );
});

function as(role: Role, path: string) {
  signedIn(role);
  return renderApp(path);
}

describe("a viewer", () => {
  test("sees a PBX and changes nothing of it", async () => {
    as("viewer", "/telephony-configurations/c1");
    expect(await screen.findByText(/only administrators see them/)).toBeVisible();
    expect(await screen.findByRole("switch", { name: "8000 is active" })).toBeDisabled();
    expect(screen.getByRole("switch", { name: "Enabled" })).toBeDisabled();
    expect(await screen.findByLabelText("App Password")).toBeDisabled();
    for (const name of ["Run checks", "Reconnect", "Delete configuration", "Call somebody"]) {
      expect(screen.queryByRole("button", { name })).not.toBeInTheDocument();
    }
  });

  test("sees a workflow and changes nothing of it", async () => {
    as("viewer", "/workflows/w1");
    expect(await screen.findByLabelText("Name")).toBeDisabled();
    expect(screen.getByText(/needs the role operator/)).toBeVisible();
    expect(screen.queryByRole("button", { name: "Delete workflow" })).not.toBeInTheDocument();
  });

  test("finds no way to members, keys and the log in the settings, and reads why", async () => {
    as("viewer", "/settings");
    expect(await screen.findByText(/are for administrators/)).toBeVisible();
    expect(await screen.findByLabelText("Organization name")).toBeDisabled();
    expect(screen.getByLabelText("Current password")).toBeEnabled();
    for (const name of ["Members", "API keys", "Audit log"]) {
      expect(screen.queryByRole("heading", { name })).not.toBeInTheDocument();
    }
  });
});

describe("an operator", () => {
  test("changes numbers, not the connection", async () => {
    as("operator", "/telephony-configurations/c1");
    expect(await screen.findByRole("switch", { name: "8000 is active" })).toBeEnabled();
    expect(screen.getByRole("button", { name: "Run checks" })).toBeEnabled();
    expect(await screen.findByLabelText("App Password")).toBeDisabled();
    expect(screen.queryByRole("button", { name: "Delete configuration" })).not.toBeInTheDocument();
  });

  test("is told that PBXs are connected by administrators", async () => {
    as("operator", "/telephony-configurations/new?provider=ari");
    expect(await screen.findByText("Only administrators connect PBXs.")).toBeVisible();
    expect(screen.queryByLabelText("App Password")).not.toBeInTheDocument();
  });
});

describe("an invitation link", () => {
  const invitation = {
    email: "anna@example.com",
    role: "operator",
    organization_name: "Example",
    expires_at: "2026-01-09T03:04:05Z",
    is_new: true,
  };

  beforeEach(() => {
    server.use(http.get(api("/auth/me"), () => refusal(401, "not_authenticated", "Sign in.")));
  });

  test("leads to a password and into the product", async () => {
    const asked = accepts("/auth/invitation", invitation, 200);
    server.use(
      http.post(api("/auth/invitation/accept"), async ({ request }) => {
        expect(await request.json()).toEqual({ token: "secret-token", password: "correct horse" });
        signedIn("operator");
        return HttpResponse.json({ user }, { status: 201 });
      }),
    );
    const { location } = renderApp("/invitation#secret-token");
    expect(await screen.findByRole("heading", { name: "Join Example" })).toBeVisible();
    expect(screen.getByText("You are invited as operator.")).toBeVisible();
    expect(asked).toEqual([{ token: "secret-token" }]);
    await person.type(screen.getByLabelText("Choose a password"), "correct horse");
    await person.click(screen.getByRole("button", { name: "Join" }));
    await waitFor(() => expect(location()).toBe("/calls"));
  });

  test("that was used says what to do", async () => {
    accepts(
      "/auth/invitation",
      { code: "invitation_not_found", detail: "There is no such invitation." },
      404,
    );
    renderApp("/invitation#used");
    expect(await screen.findByRole("alert")).toHaveTextContent("Ask whoever invited you for a new one.");
  });
});
