import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { announce } from "@/lib/announcements";
import { copyText } from "@/lib/clipboard";
import { Button } from "./Button";

const CONFIRMATION_MS = 2_000;

/** Copies `text`; `what` names it for those who can't see which block the button belongs to. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [isCopied, setIsCopied] = useState(false);

  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), CONFIRMATION_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);

  async function copy() {
    if (!(await copyText(text))) {
      announce(`The browser did not allow copying. Select the text of ${what} instead.`);
      return;
    }
    setIsCopied(true);
    announce(`Copied ${what}`);
  }

  return (
    <Button size="small" onClick={copy} aria-label={`${isCopied ? "Copied" : "Copy"} ${what}`}>
      {isCopied ? (
        <Check aria-hidden className="size-3.5 text-ok" />
      ) : (
        <Copy aria-hidden className="size-3.5" />
      )}
      {isCopied ? "Copied" : "Copy"}
    </Button>
  );
}
