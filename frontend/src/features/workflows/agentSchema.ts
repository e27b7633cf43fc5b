import { agentSchemas } from "@/client/agentSchemas.gen";

/** The parts of JSON Schema that describe an agent's settings. */
export type Schema = {
  $ref?: string;
  type?: string;
  title?: string;
  description?: string;
  const?: unknown;
  enum?: readonly unknown[];
  default?: unknown;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  discriminator?: { mapping: Readonly<Record<string, string>>; propertyName: string };
  writeOnly?: boolean;
  readOnly?: boolean;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
};

export type Member = { name: string; schema: Schema; isRequired: boolean };

/** What the forms of calls and turns ask for, whoever talks. */
const ASKED_ELSEWHERE = [
  "kind",
  "max_duration_s",
  "silence_timeout_s",
  "greeting_delay_ms",
  "phrases",
  "turns",
];

function named(ref: string): Schema {
  return (agentSchemas[ref.slice(ref.lastIndexOf("/") + 1)] ?? {}) as Schema;
}

/** A schema with what it refers to; what stands beside the reference counts more. */
export function resolved(schema: Schema): Schema {
  const { $ref, ...own } = schema;
  return $ref === undefined ? schema : { ...resolved(named($ref)), ...own };
}

/** Without the choice of having nothing; `isOptional` says whether there was one. */
export function present(schema: Schema): { schema: Schema; isNullable: boolean } {
  const choices = schema.anyOf ?? [];
  const others = choices.filter(({ type }) => type !== "null");
  const [only] = others;
  if (only === undefined || others.length !== 1) return { schema: resolved(schema), isNullable: false };
  const { anyOf: _, ...own } = schema;
  return { schema: { ...resolved(only), ...own }, isNullable: others.length < choices.length };
}

/** What can be set in an object; `of` leaves out what says which kind of object it is. */
export function membersOf(schema: Schema): Member[] {
  return Object.entries(schema.properties ?? {})
    .filter(([name, member]) => name !== "kind" && member.readOnly !== true && member.const === undefined)
    .map(([name, member]) => ({
      name,
      schema: member,
      isRequired: schema.required?.includes(name) ?? false,
    }));
}

/** The kinds of a union by their word, each with its schema. */
export function choicesOf(schema: Schema): [kind: string, schema: Schema][] {
  return Object.entries(schema.discriminator?.mapping ?? {}).map(([kind, ref]) => [kind, named(ref)]);
}

const kinds = new Map(choicesOf(agentSchemas.AgentSpec as Schema));

/** Whether this server has such agents. */
export function isOffered(kind: string): boolean {
  return kinds.has(kind);
}

/** The settings that only this kind of agent has. */
export function settingsOfKind(kind: string): Member[] {
  return membersOf(kinds.get(kind) ?? {}).filter(({ name }) => !ASKED_ELSEWHERE.includes(name));
}

/** Whether an agent of this kind takes turns by the product's rules. */
export function takesTurns(kind: string): boolean {
  return kinds.get(kind)?.properties?.turns !== undefined;
}

/** What most people set, in the order in which they know it. */
const MAIN = ["url", "base_url", "model", "api_key", "language", "voice", "stt", "llm", "tts"];

/** Whether most people want to see it, or only those who look for more. */
export function isMain({ name, schema, isRequired }: Member): boolean {
  const inner = present(schema).schema;
  const isPart = inner.discriminator !== undefined;
  return isRequired || isPart || MAIN.includes(name) || isSecret(schema);
}

/** Those first that everybody has to know; the others as the server has them. */
export function inOrder(members: readonly Member[]): Member[] {
  const place = ({ name }: Member) => (MAIN.includes(name) ? MAIN.indexOf(name) : MAIN.length);
  return [...members].sort((one, other) => place(one) - place(other));
}

export function isSecret(schema: Schema): boolean {
  return schema.writeOnly === true || (schema.anyOf?.some(isSecret) ?? false);
}

const WORDS: Readonly<Record<string, string>> = {
  api: "API",
  id: "ID",
  llm: "Language model",
  stt: "Speech recognition",
  tts: "Speech",
  url: "URL",
};
const UNITS: Readonly<Record<string, string>> = { s: "seconds", ms: "milliseconds" };

/** What people call a setting: `reply_timeout_s` is "Reply timeout (seconds)". */
export function labelOf(name: string): string {
  const words = name.split("_");
  const unit = words.length > 1 ? UNITS[words[words.length - 1] ?? ""] : undefined;
  const kept = unit === undefined ? words : words.slice(0, -1);
  const text = kept.map((word) => WORDS[word] ?? word).join(" ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${unit === undefined ? "" : ` (${unit})`}`;
}
