import { PencilLine } from "lucide-react";
import type { WorkflowOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Notice } from "@/components/ui/Notice";
import { useMayOperate } from "@/lib/permissions";
import { PublishButton } from "./PublishButton";
import type { Draft } from "./useDraft";

/** Says that something is not saved, or not what calls run, wherever on the page one is; saves and publishes it. */
export function DraftBar({ workflow, draft }: { workflow: WorkflowOut; draft: Draft }) {
  if (!useMayOperate() || (!draft.isChanged && !workflow.has_unpublished_changes)) return null;
  return (
    <section
      aria-label="Unpublished changes"
      className="sticky top-2 z-20 flex flex-wrap items-start justify-between gap-3 rounded-xl border border-line-strong bg-surface px-4 py-3 shadow-sm"
    >
      <p className="flex items-start gap-2 pt-1.5">
        <PencilLine aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
        {draft.isChanged
          ? "The conversation has changes that are not saved."
          : `Calls run version ${workflow.published_version}; this draft is not published.`}
      </p>
      <div className="flex flex-wrap items-start gap-2">
        {draft.isChanged && (
          <>
            <Button kind="ghost" disabled={draft.isSaving} onClick={draft.discard}>
              Discard changes
            </Button>
            <Button isPending={draft.isSaving} onClick={() => draft.save().catch(() => undefined)}>
              Save draft
            </Button>
          </>
        )}
        <PublishButton workflow={workflow} draft={draft} />
      </div>
      {draft.error && (
        <div className="w-full">
          <Notice tone="bad">{draft.error}</Notice>
        </div>
      )}
    </section>
  );
}
