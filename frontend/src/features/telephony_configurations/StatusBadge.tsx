import { CircleAlert, CircleCheck, CirclePause, Clock, LoaderCircle } from "lucide-react";
import type { ConnectionState } from "@/client/types.gen";
import { Badge } from "@/components/ui/Badge";
import { useNow } from "@/lib/useNow";

type StatusBadgeProps = { state: ConnectionState; next_attempt_at?: string | null };

/** How a connection to a PBX stands. */
export function StatusBadge({ state, next_attempt_at = null }: StatusBadgeProps) {
  switch (state) {
    case "connected":
      return (
        <Badge tone="ok" icon={CircleCheck}>
          Connected
        </Badge>
      );
    case "connecting":
      return (
        <Badge tone="info" icon={LoaderCircle} isSpinning>
          Connecting
        </Badge>
      );
    case "retrying":
      return <RetryingBadge next_attempt_at={next_attempt_at} />;
    case "needs_attention":
      return (
        <Badge tone="bad" icon={CircleAlert}>
          Needs attention
        </Badge>
      );
    case "disabled":
      return (
        <Badge tone="idle" icon={CirclePause}>
          Disabled
        </Badge>
      );
  }
}

function RetryingBadge({ next_attempt_at }: { next_attempt_at: string | null }) {
  const now = useNow();
  const wait_s = next_attempt_at
    ? Math.ceil((new Date(next_attempt_at).getTime() - now.getTime()) / 1000)
    : 0;
  return (
    <Badge tone="warn" icon={Clock}>
      <span className="tabular-nums">{wait_s > 0 ? `Retrying in ${wait_s} s` : "Retrying"}</span>
    </Badge>
  );
}
