import { z } from "zod";
import type { FormFieldOut } from "@/client/types.gen";

/** Every value of the form is text; lists are written with commas. */
export type FormValues = Record<string, string>;

/** Not the provider's: every configuration has a name. */
export const NAME_FIELD: FormFieldOut = {
  name: "name",
  label: "Name",
  type: "text",
  required: true,
  secret: false,
  help: "How you tell this PBX from others.",
  example: "Head office",
};

function isKept(field: FormFieldOut, isEditing: boolean): boolean {
  return field.secret && isEditing;
}

function textSchema(field: FormFieldOut, isEditing: boolean): z.ZodType<string, string> {
  const isRequired = field.required && !isKept(field, isEditing);
  const text = field.secret ? z.string() : z.string().trim();
  const present = isRequired ? text.min(1, `Enter the ${field.label}.`) : text;
  if (field.type !== "url") return present;
  return present.refine((value) => value === "" || isHttpUrl(value), {
    message: "Enter an address that begins with http:// or https://, such as http://pbx.example.com:8088.",
  });
}

function isHttpUrl(value: string): boolean {
  return /^https?:\/\/[^/\s]/i.test(value) && URL.canParse(value);
}

/** The rules of a provider's form. A secret that is already set may stay empty: it is kept. */
export function formSchema(fields: readonly FormFieldOut[], isEditing: boolean) {
  return z.object(Object.fromEntries(fields.map((field) => [field.name, textSchema(field, isEditing)])));
}

export function initialValues(
  fields: readonly FormFieldOut[],
  stored: Record<string, unknown> = {},
): FormValues {
  return Object.fromEntries(fields.map((field) => [field.name, textOf(stored[field.name])]));
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

function sentValue(field: FormFieldOut, text: string): string | string[] {
  if (field.type !== "list") return text;
  return text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}
