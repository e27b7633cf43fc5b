import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, Clock, RotateCw } from "lucide-react";
import {
  listWebhookDeliveriesOptions,
  redeliverWebhookDeliveryMutation,
} from "@/client/@tanstack/react-query.gen";
import type { DeliveryStatus, WebhookDeliveryOut, WebhookOut } from "@/client/types.gen";
import { QueryView } from "@/components/QueryView";
import { RelativeTime } from "@/components/RelativeTime";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { Table } from "@/components/ui/Table";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { toApiError } from "@/lib/apiError";
import { deliveries } from "./words";

const MOST_SHOWN = 20;
const POLL_MS = 3_000;
const icons: Record<DeliveryStatus, typeof Clock> = {
  pending: Clock,
  delivered: CircleCheck,
  failed: CircleAlert,
};

/** What was sent to one webhook lately, and what its address answered. */
export function Deliveries({ webhook }: { webhook: WebhookOut }) {
  const query = useQuery({
    ...listWebhookDeliveriesOptions({ path: { webhook_id: webhook.id }, query: { limit: MOST_SHOWN } }),
    refetchInterval: POLL_MS,
  });
  return (
    <div className="rounded-lg border border-line">
      <QueryView query={query} skeleton={<SkeletonRows rows={2} />}>
        {({ items }) =>
          items.length > 0 ? (
            <DeliveryTable webhook={webhook} rows={items} />
          ) : (
            <p className="p-4 text-muted">Nothing was sent yet. Send a test to see whether it arrives.</p>
          )
        }
      </QueryView>
    </div>
  );
}

function DeliveryTable({ webhook, rows }: { webhook: WebhookOut; rows: readonly WebhookDeliveryOut[] }) {
  return (
    <Table
      caption={`Deliveries to ${webhook.url}`}
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        {
          header: "Event",
          isTitle: true,
          cell: (row) => <code className="font-mono text-xs wrap-anywhere">{row.event}</code>,
        },
        {
          header: "State",
          cell: (row) => (
            <Badge tone={deliveries[row.status].tone} icon={icons[row.status]}>
              {deliveries[row.status].label}
            </Badge>
          ),
        },
        { header: "Attempts", isNumeric: true, cell: (row) => row.attempts },
        { header: "Answer", cell: (row) => <Answer row={row} /> },
        { header: "When", cell: (row) => <RelativeTime at={row.last_attempt_at ?? row.created_at} /> },
        { header: "Actions", isActions: true, cell: (row) => <Redeliver webhook={webhook} row={row} /> },
      ]}
    />
  );
}

function Answer({ row }: { row: WebhookDeliveryOut }) {
  if (row.attempts === 0) return "–";
  return (
    <span className="wrap-anywhere">
      {row.response_status !== null && <span className="tabular-nums">{row.response_status} </span>}
      <span className="line-clamp-2 text-xs text-muted">{row.response_excerpt}</span>
    </span>
  );
}

function Redeliver({ webhook, row }: { webhook: WebhookOut; row: WebhookDeliveryOut }) {
  const queryClient = useQueryClient();
  const again = useMutation(redeliverWebhookDeliveryMutation());
  if (row.status === "pending") return null;

  async function send() {
    try {
      await again.mutateAsync({ path: { webhook_id: webhook.id, delivery_id: row.id } });
      announce("The event is sent once more");
      await refresh(queryClient, "webhooks");
    } catch (reason) {
      announce(toApiError(reason).message);
    }
  }

  return (
    <Button size="small" isPending={again.isPending} onClick={send} aria-label={`Send ${row.event} again`}>
      <RotateCw aria-hidden className="size-4" />
      <span className="md:hidden">Send again</span>
    </Button>
  );
}
