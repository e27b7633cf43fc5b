import { type KeyboardEvent, type RefObject, useRef, useState } from "react";
import { sendDigits } from "@/client/sdk.gen";
import type { RunOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Notice } from "@/components/ui/Notice";
import { toApiError } from "@/lib/apiError";
import { partyOf } from "@/lib/callWords";

const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;
const spoken: Record<string, string> = { "*": "Star", "#": "Pound" };

type KeypadDialogProps = {
  call: RunOut;
  isOpen: boolean;
  onClose: () => void;
  finalFocus: RefObject<HTMLElement | null>;
};

/** The keys of a telephone, pressed towards whoever the agent talks with. */
export function KeypadDialog({ call, isOpen, onClose, finalFocus }: KeypadDialogProps) {
  return (
    <Dialog
      title={`Send keys to ${partyOf(call)}`}
      description="Each key is sent at once. You can type on your keyboard too."
      isOpen={isOpen}
      onOpenChange={(open) => !open && onClose()}
      finalFocus={finalFocus}
    >
      <Keypad call={call} />
    </Dialog>
  );
}

function Keypad({ call }: { call: RunOut }) {
  const [sent, setSent] = useState("");
  const [error, setError] = useState<string | null>(null);
  const line = useRef<Promise<void>>(Promise.resolve());

  /** One after the other, so that the order of the keys is the order of the fingers. */
  function press(digit: string) {
    line.current = line.current.then(async () => {
      try {
        await sendDigits({ path: { run_id: call.id }, body: { digits: digit } });
        setError(null);
        setSent((before) => before + digit);
      } catch (reason) {
        setError(toApiError(reason).message);
      }
    });
  }

  function typed(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!keys.some((key) => key === event.key)) return;
    event.preventDefault();
    press(event.key);
  }

  return (
    <fieldset className="flex min-w-0 flex-col gap-4" onKeyDown={typed} aria-label="Keypad">
      <div className="mx-auto grid w-full max-w-60 grid-cols-3 gap-2">
        {keys.map((key) => (
          <Button
            key={key}
            aria-label={spoken[key]}
            onClick={() => press(key)}
            className="min-h-12 text-lg! tabular-nums"
          >
            {key}
          </Button>
        ))}
      </div>
      <p role="status" className="min-h-5 text-center tabular-nums wrap-anywhere text-muted">
        {sent ? `Sent: ${sent.split("").join(" ")}` : "Nothing sent yet."}
      </p>
      {error && <Notice tone="bad">{error}</Notice>}
    </fieldset>
  );
}
