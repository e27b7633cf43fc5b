import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

export type Tone = "ok" | "info" | "warn" | "bad" | "idle";

const tones: Record<Tone, string> = {
  ok: "bg-ok-soft text-ok",
  info: "bg-info-soft text-info",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  idle: "bg-idle-soft text-idle",
};

type BadgeProps = { tone: Tone; icon: LucideIcon; isSpinning?: boolean; children: ReactNode };

/** A state in icon, word and colour, so that none of them has to carry it alone. */
export function Badge({ tone, icon: Icon, isSpinning = false, children }: BadgeProps) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full py-1 pr-2.5 pl-2 text-xs font-medium whitespace-nowrap ${tones[tone]}`}
    >
      <Icon aria-hidden className={`size-3.5 ${isSpinning ? "animate-spin" : ""}`} />
      {children}
    </span>
  );
}
