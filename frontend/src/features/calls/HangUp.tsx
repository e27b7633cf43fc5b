import { useQueryClient } from "@tanstack/react-query";
import { PhoneOff } from "lucide-react";
import { hangUpCall } from "@/client/sdk.gen";
import type { RunOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { ConfirmDialog } from "@/components/ui/ConfirmDialog";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { partyOf } from "@/lib/callWords";

/** Ends somebody's call, after asking. */
export function HangUp({ call }: { call: RunOut }) {
  const queryClient = useQueryClient();
  const party = partyOf(call);

  async function hangUp() {
    await hangUpCall({ path: { run_id: call.id } });
    announce(`Hanging up the call of ${party}`);
    await refresh(queryClient, "calls");
  }

  return (
    <ConfirmDialog
      title={`Hang up the call of ${party}?`}
      confirmLabel="Hang up now"
      onConfirm={hangUp}
      trigger={
        <Button size="small">
          <PhoneOff aria-hidden className="size-3.5" />
          Hang up
        </Button>
      }
    >
      <p>The line is cut at once. What was said so far stays in the run.</p>
    </ConfirmDialog>
  );
}
