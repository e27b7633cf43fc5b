import {
  AudioLines,
  CircleAlert,
  CircleCheck,
  CircleDot,
  CirclePause,
  Clock,
  Info,
  type LucideIcon,
  Phone,
  PhoneForwarded,
  PhoneOff,
} from "lucide-react";
import type { LiveState, RunOut, RunState } from "@/client/types.gen";
import { Badge, type Tone } from "@/components/ui/Badge";
import { outcomes } from "@/lib/outcomes";

type Shown = Pick<RunOut, "state" | "live_state" | "outcome">;
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

/** What says more of a live call than its state does. */
const live: Partial<Record<LiveState, BadgeWords>> = {
  on_hold: { label: "On hold", tone: "warn", icon: CirclePause },
  transferring: { label: "Transferring", tone: "info", icon: PhoneForwarded },
  transferred: { label: "Put through", tone: "info", icon: PhoneForwarded },
  ending: { label: "Ending", tone: "idle", icon: PhoneOff },
};

function wordsOf({ state, live_state, outcome }: Shown): BadgeWords {
  if (outcome !== null) return { ...outcomes[outcome], icon: icons[outcomes[outcome].tone] };
  return (live_state && live[live_state]) || states[state];
}

/** How a call ended, or how far it is. */
export function RunBadge({ run }: { run: Shown }) {
  const { label, tone, icon } = wordsOf(run);
  return (
    <Badge tone={tone} icon={icon}>
      {label}
    </Badge>
  );
}
