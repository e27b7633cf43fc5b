import { CircleAlert, Info } from "lucide-react";
import type { ReactNode } from "react";

const tones = { bad: "border-bad/40 bg-bad-soft text-bad", info: "border-info/40 bg-info-soft text-info" };

/** A message inside a page or form; failures are announced at once. */
export function Notice({ tone, children }: { tone: keyof typeof tones; children: ReactNode }) {
  const Icon = tone === "bad" ? CircleAlert : Info;
  return (
    <div
      role={tone === "bad" ? "alert" : undefined}
      className={`flex items-start gap-2 rounded-lg border px-3 py-2.5 ${tones[tone]}`}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 wrap-anywhere">{children}</div>
    </div>
  );
}
