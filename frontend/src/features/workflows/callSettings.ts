import { z } from "zod";
import type { AgentSpec } from "@/client/types.gen";

type Agent = Record<string, unknown>;

/** What a call says by itself, and what it says unless it is told otherwise. */
export const phrases = [
  { name: "silence_prompt", label: "When the caller is silent", usual: "Are you still there?" },
  {
    name: "silence_farewell",
    label: "When the caller stays silent",
    usual: "I can't hear you, so I will hang up now. Goodbye.",
  },
  {
    name: "time_limit",
    label: "When the maximum duration is reached",
    usual: "I am sorry, this call has reached its time limit. Goodbye.",
  },
  {
    name: "apology",
    label: "When the agent can't go on",
    usual: "I am sorry, something went wrong on our side. Please call again later.",
  },
  {
    name: "resumed",
    label: "When the agent is back after an interruption",
    usual: "Sorry, we were cut off. Please go on.",
  },
] as const;

/** The limits and pauses of a call. */
export const durations = [
  {
    name: "max_duration_s",
    label: "Maximum duration (seconds)",
    usual: 3_600,
    minimum: 1,
    maximum: 43_200,
    help: "The call is ended after this time, with a sentence before.",
  },
  {
    name: "silence_timeout_s",
    label: "Silence time-out (seconds)",
    usual: 30,
    minimum: 0,
    maximum: 43_200,
    help: "A silent caller is asked once after this time; the call ends when it passes again. 0 waits for ever.",
  },
  {
    name: "greeting_delay_ms",
    label: "Pause after the answer (milliseconds)",
    usual: 0,
    minimum: 0,
    maximum: 10_000,
    help: "How long the agent waits before it begins.",
  },
] as const;

export type PhraseName = (typeof phrases)[number]["name"];
export type DurationName = (typeof durations)[number]["name"];

/** Empty means as usual. */
export type CallSettings = Record<DurationName, string> & {
  phrases: Record<PhraseName, { text: string; isSilent: boolean }>;
};

function duration(minimum: number, maximum: number) {
  return z
    .string()
    .trim()
    .refine((text) => text === "" || (/^\d+$/.test(text) && +text >= minimum && +text <= maximum), {
      message: `Enter a whole number from ${minimum} to ${maximum}, or nothing.`,
    });
}

const phrase = z.object({
  text: z.string().trim().max(500, "Use at most 500 characters."),
  isSilent: z.boolean(),
});

const [longest, quietest, delay] = durations;

export const callSettingsSchema = z.object({
  max_duration_s: duration(longest.minimum, longest.maximum),
  silence_timeout_s: duration(quietest.minimum, quietest.maximum),
  greeting_delay_ms: duration(delay.minimum, delay.maximum),
  phrases: z.object({
    silence_prompt: phrase,
    silence_farewell: phrase,
    time_limit: phrase,
    apology: phrase,
    resumed: phrase,
  }),
});

function phrasesOf({ phrases }: Agent): Record<string, unknown> {
  return typeof phrases === "object" && phrases !== null ? (phrases as Record<string, unknown>) : {};
}

/** The settings an agent has of its own; what is as usual stays empty. */
export function settingsOf(agent: Agent): CallSettings {
  const own = phrasesOf(agent);
  const durationOf = (name: DurationName) => (typeof agent[name] === "number" ? String(agent[name]) : "");
  const phraseOf = (name: PhraseName) => ({
    text: typeof own[name] === "string" ? own[name] : "",
    isSilent: own[name] === "",
  });
  return {
    max_duration_s: durationOf("max_duration_s"),
    silence_timeout_s: durationOf("silence_timeout_s"),
    greeting_delay_ms: durationOf("greeting_delay_ms"),
    phrases: {
      silence_prompt: phraseOf("silence_prompt"),
      silence_farewell: phraseOf("silence_farewell"),
      time_limit: phraseOf("time_limit"),
      apology: phraseOf("apology"),
      resumed: phraseOf("resumed"),
    },
  };
}

/** The agent with these settings; what is as usual is left out, so that it follows the product. */
export function withSettings(agent: Agent, settings: CallSettings): AgentSpec {
  const changed = { ...agent };
  for (const { name } of durations) {
    if (settings[name] === "") delete changed[name];
    else changed[name] = Number(settings[name]);
  }
  const said = { ...phrasesOf(agent) };
  for (const { name } of phrases) {
    const { text, isSilent } = settings.phrases[name];
    if (isSilent) said[name] = "";
    else if (text === "") delete said[name];
    else said[name] = text;
  }
  if (Object.keys(said).length === 0) delete changed.phrases;
  else changed.phrases = said;
  // The server judges it: settings this form does not know are carried along.
  return changed as AgentSpec;
}
