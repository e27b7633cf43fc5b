import { PencilLine, Rocket } from "lucide-react";
import type { WorkflowOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Notice } from "@/components/ui/Notice";
import { useMayOperate } from "@/lib/permissions";
import type { Draft } from "./useDraft";
import { usePublish } from "./usePublish";

/** Says that something is not saved, or not what calls run, wherever on the page one is; saves and publishes it. */
export function DraftBar({ workflow, draft }: { workflow: WorkflowOut; draft: Draft }) {
  const { isPending, refusal, mayForce, publish, forget } = usePublish(workflow, draft);
  const isWaiting = draft.isChanged || workflow.has_unpublished_changes || isPending;
  if (!useMayOperate() || !isWaiting) return null;
  const error = refusal?.message ?? draft.error;
  return (
    <section
      aria-label="Unpublished changes"
      className="sticky top-16 z-10 flex flex-wrap items-center justify-between gap-3 rounded-xl border border-line-strong bg-surface px-4 py-3 shadow-sm"
    >
      <p className="flex items-start gap-2">
        <PencilLine aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
        {draft.isChanged
          ? "The conversation has changes that are not saved."
          : `Calls run version ${workflow.published_version}; this draft is not published.`}
      </p>
      <div className="flex flex-wrap gap-2">
        {draft.isChanged && (
          <>
            <Button
              kind="ghost"
              disabled={draft.isSaving}
              onClick={() => {
                forget();
                draft.discard();
              }}
            >
              Discard changes
            </Button>
            <Button
              isPending={draft.isSaving && !isPending}
              disabled={draft.isSaving}
              onClick={() => draft.save().catch(() => undefined)}
            >
              Save draft
            </Button>
          </>
        )}
        <Button kind="primary" isPending={isPending} disabled={draft.isSaving} onClick={() => publish(false)}>
          <Rocket aria-hidden className="size-4" />
          Publish
        </Button>
      </div>
      {error && (
        <div className="w-full">
          <Notice tone="bad">
            <p>{error}</p>
            {mayForce && (
              <Button className="mt-2" onClick={() => publish(true)}>
                Publish anyway
              </Button>
            )}
          </Notice>
        </div>
      )}
    </section>
  );
}
