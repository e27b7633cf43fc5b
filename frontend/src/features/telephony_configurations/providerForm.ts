import { z } from "zod";
import type { FormFieldOut } from "@/client/types.gen";

/** Switches are true or false, everything else is text; lists are written with commas. */
export type FormValues = Record<string, string | boolean>;

/** Not the provider's: every configuration has a name. */
export const NAME_FIELD: FormFieldOut = {
  name: "name",
  label: "Name",
  type: "text",
  required: true,
  secret: false,
  help: "How you tell this PBX from others.",
  example: "Head office",
  advanced: false,
  default: null,
  choices: [],
  minimum: null,
  maximum: null,
};

function isKept(field: FormFieldOut, isEditing: boolean): boolean {
  return field.secret && isEditing;
}

function fieldSchema(field: FormFieldOut, isEditing: boolean): z.ZodType<string | boolean, string | boolean> {
  if (field.type === "boolean") return z.boolean();
  if (field.type === "number") return numberSchema(field);
  const isRequired = field.required && !isKept(field, isEditing);
  const text = field.secret ? z.string() : z.string().trim();
  const present = isRequired ? text.min(1, `Enter the ${field.label}.`) : text;
  if (field.type !== "url") return present;
  return present.refine((value) => value === "" || isHttpUrl(value), {
    message: "Enter an address that begins with http:// or https://, such as http://pbx.example.com:8088.",
  });
}

function numberSchema({ minimum, maximum }: FormFieldOut): z.ZodType<string, string> {
  const lowest = minimum ?? 0;
  const highest = maximum ?? Number.MAX_SAFE_INTEGER;
  const range = maximum === null ? `of at least ${lowest}` : `from ${lowest} to ${highest}`;
  return z
    .string()
    .trim()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= lowest && Number(text) <= highest, {
      message: `Enter a whole number ${range}.`,
    });
}

function isHttpUrl(value: string): boolean {
  return /^https?:\/\/[^/\s]/i.test(value) && URL.canParse(value);
}

/** The rules of a provider's form. A secret that is already set may stay empty: it is kept. */
export function formSchema(fields: readonly FormFieldOut[], isEditing: boolean) {
  return z.object(Object.fromEntries(fields.map((field) => [field.name, fieldSchema(field, isEditing)])));
}

/** What is stored, or for a new configuration what each field begins with. */
export function initialValues(
  fields: readonly FormFieldOut[],
  stored: Record<string, unknown> = {},
): FormValues {
  return Object.fromEntries(
    fields.map((field) => {
      const value = stored[field.name] ?? field.default;
      return [field.name, field.type === "boolean" ? value === true : textOf(value)];
    }),
  );
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  return value === null || value === undefined ? "" : String(value);
}

/** What to send. While editing, empty secrets are left out. */
export function payloadOf(
  fields: readonly FormFieldOut[],
  values: FormValues,
  isEditing: boolean,
): Record<string, unknown> {
  const sent = fields.filter((field) => !(isKept(field, isEditing) && values[field.name] === ""));
  return Object.fromEntries(sent.map((field) => [field.name, sentValue(field, values[field.name] ?? "")]));
}

function sentValue(field: FormFieldOut, value: string | boolean): string | number | boolean | string[] {
  if (typeof value === "boolean") return value;
  if (field.type === "number") return Number(value);
  return field.type === "list" ? entriesOf(value) : value;
}

/** Entries are separated by commas or line ends; `PJSIP_HEADER(read,X-Id)` is one entry. */
function entriesOf(text: string): string[] {
  return (text.match(/(?:\([^)]*\)|[^,\n])+/g) ?? [])
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}
