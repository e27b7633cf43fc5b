import { z } from "zod";

type Agent = Record<string, unknown>;

/** What interrupts the agent; empty is as usual. */
export const interruptions = [
  { value: "", label: "Stops at once, and goes on after an “uh-huh” (usual)" },
  { value: "sound", label: "Any speech interrupts it" },
  { value: "off", label: "It always finishes" },
] as const;

/** Which key completes an entry at once; empty is as usual. */
export const terminators = [
  { value: "", label: "# (usual)" },
  { value: "*", label: "*" },
  { value: "none", label: "No key, only the pause" },
] as const;

/** The silences turn-taking goes by, in milliseconds. */
export const pauses = [
  {
    name: "end_silence_ms",
    label: "Pause that ends a turn (milliseconds)",
    usual: 600,
    minimum: 160,
    maximum: 10_000,
    help: "How long the caller is silent before the agent answers. Shorter is quicker and cuts off slow speakers.",
  },
  {
    name: "end_silence_complete_ms",
    label: "The same after a complete sentence (milliseconds)",
    usual: 400,
    minimum: 160,
    maximum: 10_000,
    help: "When what was said sounds finished. At most the pause above.",
  },
  {
    name: "end_silence_unfinished_ms",
    label: "The same in the middle of a sentence (milliseconds)",
    usual: 1_200,
    minimum: 160,
    maximum: 10_000,
    help: "When more is to come, as after “my number is”. At least the pause above.",
  },
  {
    name: "key_pause_ms",
    label: "Pause that ends an entry of keys (milliseconds)",
    usual: 1_500,
    minimum: 200,
    maximum: 20_000,
    help: "Keys pressed within this time of each other belong together.",
  },
] as const;

export const usualBackChannels = "uh-huh, mm-hm, yeah, yes, ok, right, sure, I see, …";

export type PauseName = (typeof pauses)[number]["name"];

function pause({ minimum, maximum }: (typeof pauses)[number]) {
  return z
    .string()
    .trim()
    .refine((text) => text === "" || (/^\d+$/.test(text) && +text >= minimum && +text <= maximum), {
      message: `Enter a whole number from ${minimum} to ${maximum}, or nothing.`,
    });
}

const [end, endComplete, endUnfinished, key] = pauses;

export const turnSettingsSchema = z
  .object({
    barge_in: z.enum(["", "sound", "off"]),
    back_channels: z.string().trim().max(2_000, "Use at most 2000 characters."),
    end_silence_ms: pause(end),
    end_silence_complete_ms: pause(endComplete),
    end_silence_unfinished_ms: pause(endUnfinished),
    key_pause_ms: pause(key),
    key_terminator: z.enum(["", "*", "none"]),
  })
  .check(({ value, issues }) => {
    const ms = (name: PauseName, usual: number) => (value[name] === "" ? usual : +value[name]);
    const ends = ms("end_silence_ms", end.usual);
    const report = (name: PauseName, message: string) =>
      issues.push({ code: "custom", input: value[name], path: [name], message });
    if (ms("end_silence_complete_ms", endComplete.usual) > ends)
      report("end_silence_complete_ms", `Enter at most ${ends}, the pause that ends a turn.`);
    if (ms("end_silence_unfinished_ms", endUnfinished.usual) < ends)
      report("end_silence_unfinished_ms", `Enter at least ${ends}, the pause that ends a turn.`);
  });

/** Empty means as usual. */
export type TurnSettings = z.infer<typeof turnSettingsSchema>;

function turnsOf({ turns }: Agent): Record<string, unknown> {
  return typeof turns === "object" && turns !== null ? (turns as Record<string, unknown>) : {};
}

/** What an agent has of its own about turns; what is as usual stays empty. */
export function turnSettingsOf(agent: Agent): TurnSettings {
  const own = turnsOf(agent);
  const pauseOf = (name: PauseName) => (typeof own[name] === "number" ? String(own[name]) : "");
  return {
    barge_in: own.barge_in === "sound" || own.barge_in === "off" ? own.barge_in : "",
    back_channels: Array.isArray(own.back_channels) ? own.back_channels.join(", ") : "",
    end_silence_ms: pauseOf("end_silence_ms"),
    end_silence_complete_ms: pauseOf("end_silence_complete_ms"),
    end_silence_unfinished_ms: pauseOf("end_silence_unfinished_ms"),
    key_pause_ms: pauseOf("key_pause_ms"),
    key_terminator: own.key_terminator === "*" ? "*" : own.key_terminator === "" ? "none" : "",
  };
}

/** The agent with these settings; what is as usual is left out, so that it follows the product. */
export function withTurnSettings(agent: Agent, settings: TurnSettings): Agent {
  const { turns: _, ...others } = agent;
  const turns = { ...turnsOf(agent) };
  const set = (name: string, value: unknown) => {
    if (value === undefined) delete turns[name];
    else turns[name] = value;
  };
  set("barge_in", settings.barge_in || undefined);
  const words = settings.back_channels.split(",").map((word) => word.trim());
  set("back_channels", settings.back_channels === "" ? undefined : words.filter((word) => word !== ""));
  for (const { name } of pauses) set(name, settings[name] === "" ? undefined : Number(settings[name]));
  const terminator = { "": undefined, "*": "*", none: "" }[settings.key_terminator];
  set("key_terminator", terminator);
  return Object.keys(turns).length === 0 ? others : { ...others, turns };
}
