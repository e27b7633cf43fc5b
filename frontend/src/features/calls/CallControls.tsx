import { useQueryClient } from "@tanstack/react-query";
import { CirclePause, CirclePlay, Grid3x3, PhoneForwarded } from "lucide-react";
import { useRef, useState } from "react";
import { holdCall, resumeCall } from "@/client/sdk.gen";
import type { RunOut } from "@/client/types.gen";
import { ActionMenu } from "@/components/ui/ActionMenu";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { toApiError } from "@/lib/apiError";
import { partyOf } from "@/lib/callWords";
import { HangUp } from "./HangUp";
import { KeypadDialog } from "./KeypadDialog";
import { TransferDialog } from "./TransferDialog";

/** What can be done with one live call. Whether this is a moment for it, the server knows and says. */
export function CallControls({ call }: { call: RunOut }) {
  const queryClient = useQueryClient();
  const [task, setTask] = useState<"transfer" | "keys" | null>(null);
  const menu = useRef<HTMLButtonElement>(null);
  const party = partyOf(call);
  const dialog = { call, onClose: () => setTask(null), finalFocus: menu };

  async function tell(doing: Promise<unknown>, done: string) {
    try {
      await doing;
      announce(done);
      await refresh(queryClient, "calls");
    } catch (reason) {
      announce(toApiError(reason).message);
    }
  }

  const path = { run_id: call.id };
  return (
    <div className="flex justify-end gap-2 max-md:ml-auto">
      <HangUp call={call} />
      <ActionMenu
        triggerRef={menu}
        label={`More for the call of ${party}`}
        actions={[
          { label: "Transfer…", icon: PhoneForwarded, onSelect: () => setTask("transfer") },
          { label: "Send keys…", icon: Grid3x3, onSelect: () => setTask("keys") },
          {
            label: "Hold",
            icon: CirclePause,
            onSelect: () => tell(holdCall({ path }), `${party} hears music on hold`),
          },
          {
            label: "Resume",
            icon: CirclePlay,
            onSelect: () => tell(resumeCall({ path }), `${party} is back with the agent`),
          },
        ]}
      />
      <TransferDialog {...dialog} isOpen={task === "transfer"} />
      <KeypadDialog {...dialog} isOpen={task === "keys"} />
    </div>
  );
}
