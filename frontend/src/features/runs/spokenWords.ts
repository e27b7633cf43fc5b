import type { TurnOut } from "@/client/types.gen";
import { formatDuration } from "@/lib/format";

/** When the caller cut the agent short; a turn the call's end cut off is none. */
export function bargeIns(turns: readonly TurnOut[]): number[] {
  return turns
    .filter((turn, index) => turn.speaker === "agent" && turn.interrupted && index < turns.length - 1)
    .map((turn) => turn.ended_ms);
}

function spokenFor_ms(turns: readonly TurnOut[], speaker: TurnOut["speaker"]): number {
  return turns
    .filter((turn) => turn.speaker === speaker)
    .reduce((sum, turn) => sum + turn.ended_ms - turn.started_ms, 0);
}

/** What the picture of a recording shows, for those who don't see it. */
export function recordingInWords(turns: readonly TurnOut[]): string {
  const caller = formatDuration(spokenFor_ms(turns, "caller"));
  const agent = formatDuration(spokenFor_ms(turns, "agent"));
  const count = bargeIns(turns).length;
  const times = count === 1 ? "once" : `${count} times`;
  const interrupted = count > 0 ? ` The caller interrupted the agent ${times}.` : "";
  return `The caller speaks for ${caller}, the agent for ${agent}.${interrupted}`;
}
