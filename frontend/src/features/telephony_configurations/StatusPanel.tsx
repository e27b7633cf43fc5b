import { useMutation, useQueryClient } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { reconnectTelephonyConfigurationMutation } from "@/client/@tanstack/react-query.gen";
import type { ConnectionState, TelephonyConfigurationOut } from "@/client/types.gen";
import { RelativeTime } from "@/components/RelativeTime";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { toApiError } from "@/lib/apiError";
import { useMayOperate } from "@/lib/permissions";
import { StatusBadge } from "./StatusBadge";

const explanations: Record<ConnectionState, string> = {
  connected: "Asterisk is connected. Calls to this application reach your agents.",
  connecting: "Asisso is connecting to Asterisk.",
  retrying: "Asterisk can't be reached at the moment. Asisso tries again by itself.",
  needs_attention: "This needs a change by you. Asisso looks again once a minute.",
  disabled: "This configuration is switched off. Its calls are not answered.",
};

/** How the connection stands, why, since when, and what can be done. */
export function StatusPanel({ configuration }: { configuration: TelephonyConfigurationOut }) {
  const { status } = configuration;
  const queryClient = useQueryClient();
  const mayOperate = useMayOperate();
  const reconnect = useMutation({
    ...reconnectTelephonyConfigurationMutation(),
    onSuccess: () => refresh(queryClient, "telephony-configurations"),
    onError: (reason) => announce(toApiError(reason).message),
  });
  useAnnouncedState(configuration.name, status.state);
  const retry = () => reconnect.mutate({ path: { configuration_id: configuration.id } });

  return (
    <Card
      title="Status"
      actions={
        mayOperate && (
          <Button onClick={retry} isPending={reconnect.isPending} disabled={status.state === "disabled"}>
            <RefreshCw aria-hidden className="size-4" />
            Reconnect
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-2">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <StatusBadge state={status.state} next_attempt_at={status.next_attempt_at} />
          <span className="text-muted">
            since <RelativeTime at={status.since} />
          </span>
        </div>
        <p>{status.reason ?? explanations[status.state]}</p>
        {status.hint && <p className="text-muted">{status.hint}</p>}
      </div>
      <dl className="mt-5 grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-3 lg:grid-cols-5">
        <Fact name="Asterisk version">{status.asterisk_version ?? "unknown"}</Fact>
        <Fact name="Round trip">{status.round_trip_ms === null ? "–" : `${status.round_trip_ms} ms`}</Fact>
        <Fact name="Last event">
          {status.last_event_at ? <RelativeTime at={status.last_event_at} /> : "none yet"}
        </Fact>
        <Fact name="Active calls">{status.active_calls}</Fact>
        <Fact name="Node">{status.node}</Fact>
      </dl>
    </Card>
  );
}

/** Tells a change of state to those who look elsewhere. */
function useAnnouncedState(name: string, state: ConnectionState): void {
  const last = useRef(state);
  useEffect(() => {
    if (last.current === state) return;
    last.current = state;
    announce(`${name}: ${explanations[state]}`);
  }, [name, state]);
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="mt-0.5 font-medium wrap-anywhere tabular-nums">{children}</dd>
    </div>
  );
}
