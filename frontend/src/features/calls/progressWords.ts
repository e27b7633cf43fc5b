import type { Outcome, RunOut } from "@/client/types.gen";
import { partyOf } from "@/lib/callWords";

type Progress = Pick<RunOut, "direction" | "from" | "to" | "state" | "outcome" | "ended_by" | "detail">;

/** How an outbound call ended, for when the server has nothing to add. */
const endings: Partial<Record<Outcome, (party: string) => string>> = {
  completed: () => "The conversation came to its end.",
  caller_hung_up: (party) => `${party} hung up.`,
  agent_hung_up: () => "The agent ended the call.",
  transferred: (party) => `${party} was put through to somebody else.`,
  voicemail: () => "A mailbox answered.",
  no_answer: (party) => `${party} did not answer.`,
  busy: (party) => `${party} is busy.`,
  declined: (party) => `${party} declined the call.`,
  canceled: () => "The call was hung up before anybody answered.",
  max_duration: () => "The call reached the longest time its workflow allows.",
  silence_timeout: (party) => `${party} was silent for too long.`,
  failed: () => "The call failed. Its timeline tells more.",
};

/** One sentence on how far an outbound call is, or how it ended. */
export function progressInWords(run: Progress): string {
  const party = partyOf(run);
  switch (run.state) {
    case "queued":
      return `Calling ${party}.`;
    case "ringing":
      return `${party} is ringing.`;
    case "in_progress":
      return `The agent talks with ${party}.`;
    case "completed": {
      if (run.detail === null && run.ended_by === "operator") return "The call was hung up from here.";
      const ending = run.outcome === null ? undefined : endings[run.outcome];
      return run.detail ?? ending?.(party) ?? "The call has ended.";
    }
  }
}
