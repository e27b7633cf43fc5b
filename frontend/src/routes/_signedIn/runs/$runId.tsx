import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { getRunOptions } from "@/client/@tanstack/react-query.gen";
import type { RunDetail } from "@/client/types.gen";
import { Page } from "@/components/Page";
import { QueryView } from "@/components/QueryView";
import { RunBadge } from "@/components/RunBadge";
import { Card } from "@/components/ui/Card";
import { Notice } from "@/components/ui/Notice";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { Conversation } from "@/features/runs/Conversation";
import { LatencyPanel } from "@/features/runs/LatencyPanel";
import { QualityCard } from "@/features/runs/QualityCard";
import { ResultCard } from "@/features/runs/ResultCard";
import { RunFacts } from "@/features/runs/RunFacts";
import { TimelineTable } from "@/features/runs/TimelineTable";
import { turnLatencies } from "@/features/runs/turnLatencies";
import { UsageCard } from "@/features/runs/UsageCard";
import { useTimeline } from "@/features/runs/useTimeline";
import { ValueList } from "@/features/runs/ValueList";
import { titleOf } from "@/lib/callWords";
import { useLivePoll } from "@/lib/liveStatus";
import { outcomes } from "@/lib/outcomes";

/** Of the timeline of a call that is up: events tell when the run changes, not each of its steps. */
const TIMELINE_POLL_MS = 5_000;

export const Route = createFileRoute("/_signedIn/runs/$runId")({ component: RunPage });

function isRunning(run: RunDetail | undefined): boolean {
  return run !== undefined && run.state !== "completed";
}

function RunPage() {
  const { runId } = Route.useParams();
  const poll_ms = useLivePoll();
  const query = useQuery({
    ...getRunOptions({ path: { run_id: runId } }),
    refetchInterval: ({ state }) => (isRunning(state.data) ? poll_ms : false),
  });
  const run = query.data;
  return (
    <Page
      title={run ? titleOf(run) : "Run"}
      status={run && <RunBadge run={run} />}
      back={{ to: "/runs", label: "Runs" }}
    >
      <QueryView
        query={query}
        skeleton={
          <Card isFlush>
            <SkeletonRows rows={6} />
          </Card>
        }
      >
        {(loaded) => <RunReport run={loaded} />}
      </QueryView>
    </Page>
  );
}

function RunReport({ run }: { run: RunDetail }) {
  const timeline = useTimeline(run.id, isRunning(run) ? TIMELINE_POLL_MS : false);
  const hasFailed = run.outcome !== null && outcomes[run.outcome].tone === "bad";
  const wasRefused = run.outcome?.startsWith("refused_") ?? false;
  return (
    <>
      {run.detail && <Notice tone={hasFailed ? "bad" : "info"}>{run.detail}</Notice>}
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_18rem]">
        <div className="flex min-w-0 flex-col gap-5">
          {!wasRefused && (
            <>
              <ResultCard run={run} />
              <Conversation key={`${run.id}-${run.state}`} run={run} />
              <Card title="Latency" description="From the caller's last word to the agent's first sound.">
                <QueryView query={timeline} skeleton={<SkeletonRows rows={2} />}>
                  {(events) => <LatencyPanel turns={turnLatencies(events)} />}
                </QueryView>
              </Card>
            </>
          )}
          <Card title="Timeline" description="Each event and request of the call, with its time.">
            <QueryView query={timeline} skeleton={<SkeletonRows rows={2} />}>
              {(events) => <TimelineTable events={events} />}
            </QueryView>
          </Card>
        </div>
        <div className="flex min-w-0 flex-col gap-5">
          <RunFacts run={run} />
          {run.quality && <QualityCard quality={run.quality} />}
          {!wasRefused && <UsageCard usage={run.usage} isLive={isRunning(run)} />}
          <Card title="Context" description="What the workflow knew about the call.">
            <ValueList values={run.context} />
          </Card>
        </div>
      </div>
    </>
  );
}
