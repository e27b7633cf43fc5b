import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, CirclePause, Clock, List, Power, Send, Trash2 } from "lucide-react";
import { useState } from "react";
import {
  listWebhooksOptions,
  testWebhookMutation,
  updateWebhookMutation,
} from "@/client/@tanstack/react-query.gen";
import { deleteWebhook } from "@/client/sdk.gen";
import type { WebhookOut } from "@/client/types.gen";
import { QueryView } from "@/components/QueryView";
import { RelativeTime } from "@/components/RelativeTime";
import { Badge, type Tone } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { ConfirmDialog } from "@/components/ui/ConfirmDialog";
import { Notice } from "@/components/ui/Notice";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { toApiError } from "@/lib/apiError";
import { CreateWebhook } from "./CreateWebhook";
import { Deliveries } from "./Deliveries";
import { events, stateOf } from "./words";

const MOST_SHOWN = 50;
const STATE_POLL_MS = 10_000;
const icons: Record<Tone, typeof Clock> = {
  ok: CircleCheck,
  info: Clock,
  warn: Clock,
  bad: CircleAlert,
  idle: CirclePause,
};

/** The programs that are told of calls, and how that goes. */
export function Webhooks() {
  const query = useQuery({
    ...listWebhooksOptions({ query: { limit: MOST_SHOWN } }),
    refetchInterval: STATE_POLL_MS,
  });
  return (
    <Card
      isFlush
      title="Webhooks"
      description="Other programs are told of calls by signed requests, which are tried again for hours when they fail."
    >
      <QueryView query={query} skeleton={<SkeletonRows rows={2} />}>
        {({ items }) =>
          items.length > 0 ? (
            <ul aria-label="Webhooks" className="divide-y divide-line">
              {items.map((webhook) => (
                <Webhook key={webhook.id} webhook={webhook} />
              ))}
            </ul>
          ) : (
            <p className="px-4 py-6 text-muted sm:px-5">
              No webhooks yet. Add one to tell your CRM, for example, of each call that has ended.
            </p>
          )
        }
      </QueryView>
      <div className="border-t border-line p-4 sm:p-5">
        <CreateWebhook />
      </div>
    </Card>
  );
}

function Webhook({ webhook }: { webhook: WebhookOut }) {
  const [isOpen, setIsOpen] = useState(false);
  const { label, tone } = stateOf(webhook);
  return (
    <li className="flex flex-col gap-3 px-4 py-4 sm:px-5">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <p className="flex flex-wrap items-center gap-2 font-medium">
            <span className="wrap-anywhere">{webhook.url}</span>
            <Badge tone={tone} icon={icons[tone]}>
              {label}
            </Badge>
          </p>
          {webhook.description && <p className="text-muted">{webhook.description}</p>}
          <p className="text-xs text-muted">
            {webhook.events.map((event) => events[event] ?? event).join(" · ")}
          </p>
        </div>
        <Actions webhook={webhook} isOpen={isOpen} onToggle={() => setIsOpen(!isOpen)} />
      </div>
      {webhook.pause_reason && <Notice tone="bad">{webhook.pause_reason}</Notice>}
      {!webhook.pause_reason && webhook.retry_at && (
        <p className="text-xs text-muted">
          The last attempt failed; the next one is <RelativeTime at={webhook.retry_at} />.
        </p>
      )}
      {isOpen && <Deliveries webhook={webhook} />}
    </li>
  );
}

type ActionsProps = { webhook: WebhookOut; isOpen: boolean; onToggle: () => void };

function Actions({ webhook, isOpen, onToggle }: ActionsProps) {
  const queryClient = useQueryClient();
  const test = useMutation(testWebhookMutation());
  const change = useMutation(updateWebhookMutation());
  const isSending = webhook.is_enabled && webhook.paused_at === null;

  async function tell(doing: Promise<unknown>, done: string) {
    try {
      await doing;
      announce(done);
      await refresh(queryClient, "webhooks");
    } catch (reason) {
      announce(toApiError(reason).message);
    }
  }

  const path = { webhook_id: webhook.id };
  return (
    <div className="flex flex-wrap gap-2">
      {isSending && (
        <Button
          size="small"
          isPending={test.isPending}
          onClick={() => tell(test.mutateAsync({ path }), `Sending a test to ${webhook.url}`)}
        >
          <Send aria-hidden className="size-4" />
          Send test
        </Button>
      )}
      <Button size="small" aria-expanded={isOpen} onClick={onToggle}>
        <List aria-hidden className="size-4" />
        Deliveries
      </Button>
      <Button
        size="small"
        isPending={change.isPending}
        onClick={() =>
          tell(
            change.mutateAsync({ path, body: { is_enabled: !isSending } }),
            isSending ? `${webhook.url} is told nothing more` : `${webhook.url} is told of events again`,
          )
        }
      >
        <Power aria-hidden className="size-4" />
        {isSending ? "Switch off" : "Switch on"}
      </Button>
      <ConfirmDialog
        title="Delete this webhook?"
        confirmLabel="Delete"
        onConfirm={() => tell(deleteWebhook({ path }), `Deleted ${webhook.url}`)}
        trigger={
          <Button kind="ghost" size="small" aria-label={`Delete the webhook ${webhook.url}`}>
            <Trash2 aria-hidden className="size-4" />
          </Button>
        }
      >
        <p className="wrap-anywhere">
          {webhook.url} is told nothing more, and the list of its deliveries goes too. This can't be taken
          back.
        </p>
      </ConfirmDialog>
    </div>
  );
}
