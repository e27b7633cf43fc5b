import { z } from "zod";

const WHOLE_NUMBER = /^\d+$/;
const LARGEST_LIMIT = 1_000_000_000;

const limit = z
  .string()
  .trim()
  .refine((text) => text === "" || (WHOLE_NUMBER.test(text) && Number(text) <= LARGEST_LIMIT), {
    message: "Enter a whole number, or leave it empty for no limit.",
  });

/** The form of an organization; empty limits are no limits. */
export const organizationSchema = z.object({
  name: z.string().trim().min(1, "Enter a name.").max(100, "Use at most 100 characters."),
  max_concurrent_calls: limit,
  monthly_minutes: limit,
});

export type OrganizationValues = z.infer<typeof organizationSchema>;

export function limitOf(text: string): number | null {
  return text === "" ? null : Number(text);
}

export function textOfLimit(value: number | null): string {
  return value === null ? "" : String(value);
}
