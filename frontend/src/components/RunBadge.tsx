import {
  AudioLines,
  CircleAlert,
  CircleCheck,
  CircleDot,
  Clock,
  Info,
  type LucideIcon,
  Phone,
  PhoneOff,
} from "lucide-react";
import type { Outcome, RunState } from "@/client/types.gen";
import { Badge, type Tone } from "@/components/ui/Badge";
import { outcomes } from "@/lib/outcomes";

type BadgeWords = { label: string; tone: Tone; icon: LucideIcon };

const states: Record<RunState, BadgeWords> = {
  queued: { label: "Queued", tone: "idle", icon: Clock },
  ringing: { label: "Ringing", tone: "info", icon: Phone },
  in_progress: { label: "Talking", tone: "ok", icon: AudioLines },
  completed: { label: "Ended", tone: "idle", icon: PhoneOff },
};

const icons: Record<Tone, LucideIcon> = {
  ok: CircleCheck,
  info: Info,
  warn: Clock,
  bad: CircleAlert,
  idle: CircleDot,
};

/** How a call ended, or how far it is. */
export function RunBadge({ state, outcome }: { state: RunState; outcome: Outcome | null }) {
  const words =
    outcome === null ? states[state] : { ...outcomes[outcome], icon: icons[outcomes[outcome].tone] };
  return (
    <Badge tone={words.tone} icon={words.icon}>
      {words.label}
    </Badge>
  );
}
