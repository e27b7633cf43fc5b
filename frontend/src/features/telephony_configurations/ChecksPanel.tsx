import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Stethoscope } from "lucide-react";
import {
  getTelephonyDiagnosticsOptions,
  getTelephonyDiagnosticsQueryKey,
  runTelephonyDiagnosticsMutation,
} from "@/client/@tanstack/react-query.gen";
import type { DiagnosisTrigger, DiagnosticsOut } from "@/client/types.gen";
import { EmptyState } from "@/components/EmptyState";
import { QueryView } from "@/components/QueryView";
import { RelativeTime } from "@/components/RelativeTime";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Notice } from "@/components/ui/Notice";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { announce } from "@/lib/announcements";
import { toApiError } from "@/lib/apiError";
import { useMayOperate } from "@/lib/permissions";
import { Checking } from "./Checking";
import { DiagnosisView } from "./DiagnosisView";
import { KEPT_RESULT_POLL_MS } from "./polling";

const triggers: Record<DiagnosisTrigger, string> = {
  person: "asked for here",
  command_line: "from the command line",
  needs_attention: "by itself, because the connection needed attention",
  refused_call: "by itself, because a call was refused",
};

/** The connection doctor: the last result, and a button for a new one. */
export function ChecksPanel({ configurationId }: { configurationId: string }) {
  const path = { configuration_id: configurationId };
  const queryClient = useQueryClient();
  const mayOperate = useMayOperate();
  const kept = useQuery({
    ...getTelephonyDiagnosticsOptions({ path }),
    refetchInterval: KEPT_RESULT_POLL_MS,
  });
  const run = useMutation({
    ...runTelephonyDiagnosticsMutation(),
    onSuccess: (result) => {
      queryClient.setQueryData(getTelephonyDiagnosticsQueryKey({ path }), result);
      announce(`Checked. ${result.verdict}`);
    },
    onError: (reason) => announce(toApiError(reason).message),
  });

  return (
    <Card
      title="Checks"
      description="Finds out what keeps calls from working, and says how to mend it. Safe while calls are up."
      actions={
        mayOperate && (
          <Button
            onClick={() => {
              announce("Checking the connection");
              run.mutate({ path });
            }}
            isPending={run.isPending}
          >
            <Stethoscope aria-hidden className="size-4" />
            Run checks
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-4">
        {run.isPending && <Checking />}
        {run.isError && <Notice tone="bad">{toApiError(run.error).message}</Notice>}
        <QueryView query={kept} skeleton={<SkeletonRows />}>
          {(diagnosis) => <Kept diagnosis={diagnosis} isStale={run.isPending} />}
        </QueryView>
      </div>
    </Card>
  );
}

function Kept({ diagnosis, isStale }: { diagnosis: DiagnosticsOut; isStale: boolean }) {
  if (diagnosis.checked_at === null || diagnosis.trigger === null) {
    if (isStale) return null;
    return (
      <EmptyState icon={Stethoscope} title="Not checked yet">
        Run the checks after you have put the files on your PBX, or whenever calls don't work as they should.
      </EmptyState>
    );
  }
  return (
    <div className={`flex flex-col gap-3 ${isStale ? "opacity-60" : ""}`}>
      <p className="text-muted">
        Checked <RelativeTime at={diagnosis.checked_at} />, {triggers[diagnosis.trigger]}, in{" "}
        <span className="tabular-nums">{(diagnosis.duration_ms / 1000).toFixed(1)} s</span>.
      </p>
      <DiagnosisView diagnosis={diagnosis} />
    </div>
  );
}
