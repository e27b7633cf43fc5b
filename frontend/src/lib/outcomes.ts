import type { Outcome } from "@/client/types.gen";
import type { Tone } from "@/components/ui/Badge";

type OutcomeWords = { label: string; tone: Tone };

/** Every outcome of a run in words, in the order the filter offers them. */
export const outcomes: Record<Outcome, OutcomeWords> = {
  completed: { label: "Completed", tone: "ok" },
  caller_hung_up: { label: "Caller hung up", tone: "ok" },
  agent_hung_up: { label: "Agent hung up", tone: "ok" },
  transferred: { label: "Transferred", tone: "ok" },
  voicemail: { label: "Voicemail", tone: "info" },
  no_answer: { label: "No answer", tone: "warn" },
  busy: { label: "Busy", tone: "warn" },
  declined: { label: "Declined", tone: "warn" },
  failed: { label: "Failed", tone: "bad" },
  canceled: { label: "Canceled", tone: "idle" },
  max_duration: { label: "Time limit reached", tone: "warn" },
  silence_timeout: { label: "Ended by silence", tone: "warn" },
  refused_no_number: { label: "Refused: unknown number", tone: "bad" },
  refused_no_workflow: { label: "Refused: no workflow", tone: "bad" },
  refused_inactive: { label: "Refused: number inactive", tone: "bad" },
  refused_quota: { label: "Refused: minutes used up", tone: "bad" },
  refused_capacity: { label: "Refused: all lines busy", tone: "bad" },
};
