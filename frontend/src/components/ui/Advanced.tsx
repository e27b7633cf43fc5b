import { type ReactNode, useLayoutEffect, useRef } from "react";

type AdvancedProps = {
  /** What is in there, for those who wonder whether to look. */
  description: string;
  /** A fault inside is never hidden: the part opens and stays open. */
  hasFault: boolean;
  children: ReactNode;
};

/** The part of a form that most people never need. */
export function Advanced({ description, hasFault, children }: AdvancedProps) {
  const part = useRef<HTMLDetailsElement>(null);

  useLayoutEffect(() => {
    const details = part.current;
    if (!hasFault || details === null || details.open) return;
    details.open = true;
    // What is folded away can't take the focus, so whoever sent the form is still elsewhere.
    if (document.activeElement?.getAttribute("aria-invalid") === "true") return;
    details.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [hasFault]);

  return (
    <details
      ref={part}
      onToggle={(event) => {
        if (hasFault) event.currentTarget.open = true;
      }}
      className="rounded-lg border border-line"
    >
      <summary className="rounded-lg px-4 py-3">
        <span className="font-medium">Advanced</span>
        <span className="mt-0.5 block text-xs text-muted">{description}</span>
      </summary>
      <div className="flex flex-col gap-5 border-t border-line p-4">{children}</div>
    </details>
  );
}
