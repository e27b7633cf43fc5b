import type { RefObject } from "react";
import type { RunOut } from "@/client/types.gen";
import { Dialog } from "@/components/ui/Dialog";
import { partyOf } from "@/lib/callWords";
import { TransferForm } from "./TransferForm";

type TransferDialogProps = {
  call: RunOut;
  isOpen: boolean;
  onClose: () => void;
  finalFocus: RefObject<HTMLElement | null>;
};

/** Sends the caller of a live call to somebody else. */
export function TransferDialog({ call, isOpen, onClose, finalFocus }: TransferDialogProps) {
  return (
    <Dialog
      title={`Transfer the call of ${partyOf(call)}`}
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      finalFocus={finalFocus}
    >
      <TransferForm call={call} onDone={onClose} />
    </Dialog>
  );
}
