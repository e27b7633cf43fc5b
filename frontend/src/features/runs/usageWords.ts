import type { RunUsageOut } from "@/client/types.gen";
import { formatDuration, plural } from "@/lib/format";

type Amount = [name: string, amount: string];

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** What has a line of its own below; everything else is a provider's. */
const told = new Set<string>([
  "call_seconds",
  "stt_seconds",
  "tts_seconds",
  "tts_characters",
  "llm_input_tokens",
  "llm_output_tokens",
  "media_attempts",
] satisfies (keyof RunUsageOut)[]);

function speechMade({ tts_seconds, tts_characters }: RunUsageOut): string {
  const seconds = tts_seconds > 0 ? `${number.format(tts_seconds)} s` : "";
  const characters = tts_characters > 0 ? `${number.format(tts_characters)} characters` : "";
  return [seconds, characters].filter(Boolean).join(", ");
}

/** What a call used, in words; what it did not use is left out. */
export function usageInWords(usage: RunUsageOut): Amount[] {
  const amounts: [string, string, boolean][] = [
    ["Time on the line", formatDuration(usage.call_seconds * 1000), usage.call_seconds > 0],
    ["Speech recognised", `${number.format(usage.stt_seconds)} s`, usage.stt_seconds > 0],
    ["Speech made", speechMade(usage), usage.tts_seconds > 0 || usage.tts_characters > 0],
    ["Read by the model", tokens(usage.llm_input_tokens), usage.llm_input_tokens > 0],
    ["Written by the model", tokens(usage.llm_output_tokens), usage.llm_output_tokens > 0],
    ["Audio connections", plural(usage.media_attempts, "attempt"), usage.media_attempts > 1],
  ];
  const others = Object.entries(usage).filter(([name, amount]) => !told.has(name) && Number(amount) > 0);
  return [
    ...amounts.filter(([, , isUsed]) => isUsed).map(([name, amount]): Amount => [name, amount]),
    ...others.map(([name, amount]): Amount => [name.replaceAll("_", " "), number.format(Number(amount))]),
  ];
}

function tokens(count: number): string {
  return `${number.format(count)} ${count === 1 ? "token" : "tokens"}`;
}
