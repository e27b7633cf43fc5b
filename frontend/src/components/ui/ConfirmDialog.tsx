import { AlertDialog } from "@base-ui/react/alert-dialog";
import { type ReactElement, type ReactNode, useState } from "react";
import { toApiError } from "@/lib/apiError";
import { Button, buttonClass } from "./Button";
import { Notice } from "./Notice";

type ConfirmDialogProps = {
  /** The button that opens the question. */
  trigger: ReactElement;
  title: string;
  /** What will be lost, named. */
  children: ReactNode;
  confirmLabel: string;
  /** The dialog closes when this resolves and shows the error when it rejects. */
  onConfirm: () => Promise<unknown>;
};

/** Asks before something that can't be undone, and shows why when it could not be done. */
export function ConfirmDialog({ trigger, title, children, confirmLabel, onConfirm }: ConfirmDialogProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [isPending, setIsPending] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function confirm() {
    setIsPending(true);
    setError(null);
    try {
      await onConfirm();
      setIsOpen(false);
    } catch (reason) {
      setError(toApiError(reason).message);
    } finally {
      setIsPending(false);
    }
  }

  function changeOpen(open: boolean) {
    setError(null);
    setIsOpen(open);
  }

  return (
    <AlertDialog.Root open={isOpen} onOpenChange={changeOpen}>
      <AlertDialog.Trigger render={trigger} />
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="fixed inset-0 z-40 bg-black/50" />
        <AlertDialog.Popup className="fixed top-1/2 left-1/2 z-50 flex w-[min(28rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 flex-col gap-3 rounded-xl border border-line bg-surface p-5 shadow-xl">
          <AlertDialog.Title className="text-base font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div />} className="flex flex-col gap-2 text-muted">
            {children}
          </AlertDialog.Description>
          {error && <Notice tone="bad">{error}</Notice>}
          <div className="mt-2 flex flex-wrap justify-end gap-2">
            <AlertDialog.Close className={buttonClass("secondary")}>Cancel</AlertDialog.Close>
            <Button kind="danger" isPending={isPending} onClick={confirm}>
              {confirmLabel}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
