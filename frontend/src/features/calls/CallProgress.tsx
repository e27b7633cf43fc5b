import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { PhoneOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { getRunOptions, hangUpCallMutation } from "@/client/@tanstack/react-query.gen";
import type { RunOut } from "@/client/types.gen";
import { RunBadge } from "@/components/RunBadge";
import { Button } from "@/components/ui/Button";
import { Notice } from "@/components/ui/Notice";
import { toApiError } from "@/lib/apiError";
import { formatDuration } from "@/lib/format";
import { useLivePoll } from "@/lib/liveStatus";
import { useNow } from "@/lib/useNow";
import { progressInWords } from "./progressWords";

type CallProgressProps = { started: RunOut; onCallAgain: () => void };

/** How a call that was just made goes, until it has ended and why. */
export function CallProgress({ started, onCallAgain }: CallProgressProps) {
  const poll_ms = useLivePoll();
  const query = useQuery({
    ...getRunOptions({ path: { run_id: started.id } }),
    refetchInterval: ({ state }) => (state.data?.state === "completed" ? false : poll_ms),
  });
  const hangUp = useMutation(hangUpCallMutation());
  const run: RunOut = query.data ?? started;
  const hasEnded = run.state === "completed";
  // A refusal to hang up is about a call that ran; once it has ended there is nothing left to say.
  const error = hangUp.error && !hasEnded ? hangUp.error : query.error;

  // The form that had the focus is gone.
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => panel.current?.focus(), []);

  return (
    <div className="flex flex-col gap-4">
      <div
        ref={panel}
        tabIndex={-1}
        className="flex min-h-28 flex-col gap-2 rounded-lg bg-sunken p-4 outline-none"
      >
        <div className="flex items-center justify-between gap-3">
          <RunBadge run={run} />
          <Clock run={run} />
        </div>
        <p role="status" className="text-pretty wrap-anywhere">
          {progressInWords(run)}
        </p>
      </div>
      {error && <Notice tone="bad">{toApiError(error).message}</Notice>}
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Link to="/runs/$runId" params={{ runId: run.id }} className="link inline-flex min-h-6 items-center">
          {hasEnded ? "Open the run" : "Follow the run"}
        </Link>
        {hasEnded ? (
          <Button onClick={onCallAgain}>Call again</Button>
        ) : (
          <Button
            kind="danger"
            isPending={hangUp.isPending}
            onClick={() => hangUp.mutate({ path: { run_id: run.id } })}
          >
            {!hangUp.isPending && <PhoneOff aria-hidden className="size-4" />}
            Hang up
          </Button>
        )}
      </div>
      <p className="text-xs text-muted">
        {hasEnded ? "The run keeps what was said and done." : "The call goes on when you close this window."}
      </p>
    </div>
  );
}

/** Counts from the answer, or until then from the beginning. */
function Clock({ run }: { run: RunOut }) {
  const now = useNow(1_000, run.state !== "completed");
  const since = new Date(run.answered_at ?? run.created_at).getTime();
  const duration_ms = run.duration_ms ?? now.getTime() - since;
  return <span className="tabular-nums text-muted">{formatDuration(duration_ms)}</span>;
}
