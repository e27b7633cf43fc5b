import { screen, within } from "@testing-library/react";
import { http } from "msw";
import { expect, test } from "vitest";
import type { WebhookDeliveryOut, WebhookOut } from "@/client/types.gen";
import { accepts, api, page, refusal } from "@/testing/api";
import { person, renderAlone } from "@/testing/render";
import { server } from "@/testing/server";
import { Webhooks } from "./Webhooks";

const AT = "2026-01-02T03:04:05Z";
const webhook: WebhookOut = {
  id: "w1",
  url: "https://crm.example.com/asisso",
  description: "CRM",
  events: ["run.completed"],
  is_enabled: true,
  paused_at: null,
  pause_reason: null,
  failing_since: null,
  retry_at: null,
  created_at: AT,
  updated_at: AT,
};
const failed: WebhookDeliveryOut = {
  id: "d1",
  event: "run.completed",
  status: "failed",
  attempts: 9,
  payload: {},
  last_attempt_at: AT,
  response_status: 500,
  response_excerpt: "Out of order",
  duration_ms: 12,
  created_at: AT,
};

function has(...webhooks: WebhookOut[]) {
  server.use(http.get(api("/webhooks"), () => page(webhooks)));
  renderAlone(<Webhooks />);
}

test("a new webhook's secret is shown once", async () => {
  const bodies = accepts("/webhooks", { ...webhook, secret: "whsec_abc" }, 201);
  has();
  expect(await screen.findByText(/No webhooks yet/)).toBeVisible();
  await person.type(screen.getByLabelText("Address"), webhook.url);
  await person.click(screen.getByRole("checkbox", { name: /A call begins/ }));
  await person.click(screen.getByRole("button", { name: "Add webhook" }));
  expect(await screen.findByText("whsec_abc")).toBeVisible();
  expect(bodies).toEqual([{ url: webhook.url, description: "", events: ["run.started", "run.completed"] }]);
});

test("an address that is none is told at its field, and nothing is sent", async () => {
  const bodies = accepts("/webhooks");
  has();
  await person.type(screen.getByLabelText("Address"), "crm");
  await person.click(screen.getByRole("checkbox", { name: /has ended/ }));
  await person.click(screen.getByRole("button", { name: "Add webhook" }));
  expect(await screen.findByText(/Write an address such as/)).toBeVisible();
  expect(screen.getByText("Choose at least one event.")).toBeVisible();
  expect(bodies).toEqual([]);
});

test("a paused one says why and can be switched on", async () => {
  const bodies: unknown[] = [];
  server.use(
    http.patch(api("/webhooks/w1"), async ({ request }) => {
      bodies.push(await request.json());
      return Response.json(webhook);
    }),
  );
  has({ ...webhook, paused_at: AT, pause_reason: "Nothing could be delivered for 24 hours." });
  expect(await screen.findByText("Paused")).toBeVisible();
  expect(screen.getByText(/for 24 hours/)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Send test" })).toBeNull();
  await person.click(screen.getByRole("button", { name: "Switch on" }));
  expect(await screen.findByText(/is told of events again/)).toBeVisible();
  expect(bodies).toEqual([{ is_enabled: true }]);
});

test("deliveries tell what the address answered, and can be sent again", async () => {
  server.use(http.get(api("/webhooks/w1/deliveries"), () => page([failed])));
  const asked = accepts("/webhooks/w1/deliveries/d1/redeliver", { ...failed, status: "pending" });
  has(webhook);
  await person.click(await screen.findByRole("button", { name: "Deliveries" }));
  const table = await screen.findByRole("table", { name: /Deliveries to/ });
  expect(within(table).getByText("Failed")).toBeVisible();
  expect(within(table).getByText("Out of order")).toBeVisible();
  await person.click(within(table).getByRole("button", { name: /again/ }));
  expect(await screen.findByText("The event is sent once more")).toBeVisible();
  expect(asked).toHaveLength(1);
});

test("a test that is refused says why", async () => {
  server.use(http.post(api("/webhooks/w1/test"), () => refusal(409, "webhook_disabled", "Enable it first.")));
  has(webhook);
  await person.click(await screen.findByRole("button", { name: "Send test" }));
  expect(await screen.findByText("Enable it first.")).toBeVisible();
});
