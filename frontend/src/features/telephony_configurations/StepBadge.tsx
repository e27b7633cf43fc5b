import { CircleAlert, CircleCheck, CircleDashed, TriangleAlert } from "lucide-react";
import type { StepState } from "@/client/types.gen";
import { Badge, type Tone } from "@/components/ui/Badge";

const looks = {
  ok: { word: "Passed", tone: "ok", icon: CircleCheck },
  failed: { word: "Failed", tone: "bad", icon: CircleAlert },
  warning: { word: "Warning", tone: "warn", icon: TriangleAlert },
  skipped: { word: "Skipped", tone: "idle", icon: CircleDashed },
} as const satisfies Record<StepState, { word: string; tone: Tone; icon: typeof CircleAlert }>;

/** What came of one check. */
export function StepBadge({ state }: { state: StepState }) {
  const { word, tone, icon } = looks[state];
  return (
    <Badge tone={tone} icon={icon}>
      {word}
    </Badge>
  );
}
