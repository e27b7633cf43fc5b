import { LoaderCircle, Tag } from "lucide-react";
import type { RunDetail } from "@/client/types.gen";
import { Badge } from "@/components/ui/Badge";
import { Card } from "@/components/ui/Card";
import { Notice } from "@/components/ui/Notice";
import { ValueList } from "./ValueList";

/** What came of the call: summary, disposition, the workflow's values and where it ended. */
export function ResultCard({ run }: { run: RunDetail }) {
  const isLive = run.state !== "completed";
  return (
    <Card
      title="Result"
      actions={
        run.disposition && (
          <Badge tone="info" icon={Tag}>
            <span className="sr-only">Disposition: </span>
            {run.disposition}
          </Badge>
        )
      }
    >
      <div className="flex flex-col gap-4">
        <Analysis run={run} />
        {Object.keys(run.gathered).length > 0 ? (
          <ValueList values={run.gathered} />
        ) : (
          <p className="text-muted">
            {isLive ? "The caller has given no values yet." : "The caller gave no values."}
          </p>
        )}
        {run.node_id && (
          <p className="border-t border-line pt-3 text-muted">
            {isLive ? "The conversation is at " : "The conversation ended at "}
            <code className="font-mono text-xs text-ink wrap-anywhere">{run.node_id}</code>.
          </p>
        )}
      </div>
    </Card>
  );
}

function Analysis({ run }: { run: RunDetail }) {
  switch (run.analysis) {
    case "pending":
      return (
        <div role="status">
          <p className="flex items-start gap-2 text-muted">
            <LoaderCircle aria-hidden className="mt-0.5 size-4 shrink-0 motion-safe:animate-spin" />A language
            model is reading the call.
          </p>
          {run.analysis_problem && (
            <p className="mt-1 text-muted wrap-anywhere">The last try failed: {run.analysis_problem}</p>
          )}
        </div>
      );
    case "failed":
      return <Notice tone="info">The call was not summed up. {run.analysis_problem}</Notice>;
    case "done":
      return run.summary && <p className="text-pretty leading-relaxed wrap-anywhere">{run.summary}</p>;
    default:
      return null;
  }
}
