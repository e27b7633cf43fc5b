import type { DeliveryStatus, WebhookEvent, WebhookOut } from "@/client/types.gen";
import type { Tone } from "@/components/ui/Badge";

/** What can be subscribed to, in the order in which it happens. */
export const events: Partial<Record<WebhookEvent, string>> = {
  "run.started": "A call begins",
  "run.answered": "A call is answered",
  "run.completed": "A call has ended, or was refused",
  "run.analyzed": "A call's summary is there, or given up",
  "telephony_configuration.state_changed": "A connection's state changes",
};

export const deliveries: Record<DeliveryStatus, { label: string; tone: Tone }> = {
  pending: { label: "Waiting", tone: "info" },
  delivered: { label: "Delivered", tone: "ok" },
  failed: { label: "Failed", tone: "bad" },
};

/** How a webhook stands, worst first. */
export function stateOf(webhook: WebhookOut): { label: string; tone: Tone } {
  if (!webhook.is_enabled) return { label: "Off", tone: "idle" };
  if (webhook.paused_at !== null) return { label: "Paused", tone: "bad" };
  if (webhook.failing_since !== null) return { label: "Failing", tone: "warn" };
  return { label: "On", tone: "ok" };
}
