import { useMemo } from "react";
import type { PeaksOut } from "@/client/types.gen";

const LANE = 50;
const FULL_SCALE = 32_768;

/** A closed outline mirrored around the lane's middle; the square root lifts quiet speech into sight. */
function outline(peaks: readonly number[], middle: number): string {
  const height = (peak: number) => Math.max(0.6, Math.sqrt(peak / FULL_SCALE) * LANE * 0.46);
  const upper = peaks.map((peak, x) => `${x},${(middle - height(peak)).toFixed(1)}`);
  const lower = peaks.map((peak, x) => `${x},${(middle + height(peak)).toFixed(1)}`).reverse();
  return `M${upper.join("L")}L${lower.join("L")}Z`;
}

/** Both voices of a call over time: the caller above, the agent below. A picture only; the slider over it acts. */
export function Waveform({ peaks }: { peaks: PeaksOut }) {
  const lanes = useMemo(
    () => ({ caller: outline(peaks.caller, LANE / 2), agent: outline(peaks.agent, LANE * 1.5) }),
    [peaks],
  );
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 ${peaks.caller.length} ${LANE * 2}`}
      preserveAspectRatio="none"
      className="absolute inset-0 size-full"
    >
      <path d={lanes.caller} className="fill-caller" />
      <path d={lanes.agent} className="fill-agent" />
    </svg>
  );
}
