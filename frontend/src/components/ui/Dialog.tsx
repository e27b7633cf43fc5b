import { Dialog as BaseDialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode, RefObject } from "react";
import { buttonClass } from "./Button";

type DialogProps = {
  title: string;
  description?: ReactNode;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  /** Takes the focus after closing, where what opened the dialog is gone by then. */
  finalFocus?: RefObject<HTMLElement | null>;
  children: ReactNode;
};

/** A task of its own in front of the page; the page waits behind it. */
export function Dialog({ title, description, isOpen, onOpenChange, finalFocus, children }: DialogProps) {
  return (
    <BaseDialog.Root open={isOpen} onOpenChange={onOpenChange}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className="fixed inset-0 z-40 bg-black/50" />
        <BaseDialog.Popup
          finalFocus={finalFocus}
          className="fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-2rem)] w-[min(30rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 flex-col gap-4 overflow-y-auto rounded-xl border border-line bg-surface p-5 shadow-xl"
        >
          <header className="min-w-0 pr-8">
            <BaseDialog.Title className="text-base font-semibold wrap-anywhere">{title}</BaseDialog.Title>
            {description && (
              <BaseDialog.Description className="mt-0.5 text-pretty text-muted">
                {description}
              </BaseDialog.Description>
            )}
          </header>
          {children}
          {/* The last in order, so that the first thing to do has the focus. */}
          <BaseDialog.Close
            aria-label="Close"
            className={`${buttonClass("ghost", "small")} absolute top-3.5 right-3 px-2!`}
          >
            <X aria-hidden className="size-4" />
          </BaseDialog.Close>
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}
