import { z } from "zod";
import type { NewCall, TelephonyConfigurationOut } from "@/client/types.gen";

const STORAGE_KEY = "asisso-test-call-to";

export const testCallSchema = z.object({
  workflow_id: z.string().min(1, "Choose the workflow that talks."),
  to: z.string().trim().min(1, "Enter a number or an endpoint.").max(200, "Use at most 200 characters."),
  telephony_configuration_id: z.string(),
  from: z
    .string()
    .trim()
    .max(200, "Use at most 200 characters.")
    .regex(/^[0-9A-Za-z+*#@_./-]*$/, "Use digits, letters and + * # @ _ . / - only."),
});

export type TestCallValues = z.infer<typeof testCallSchema>;

export function testCallOf({ from, ...values }: TestCallValues): NewCall {
  return from === "" ? values : { ...values, from };
}

/** Whom this browser called last. */
export function rememberedTo(): string {
  return localStorage.getItem(STORAGE_KEY) ?? "";
}

export function rememberTo(to: string): void {
  localStorage.setItem(STORAGE_KEY, to);
}

export function isConnected({ status }: TelephonyConfigurationOut): boolean {
  return status.state === "connected";
}

/** The one the server would take, unless it is away and another is not. */
export function preferred(
  configurations: readonly TelephonyConfigurationOut[],
): TelephonyConfigurationOut | undefined {
  const connected = configurations.filter(isConnected);
  return connected.find((one) => one.is_default_outbound) ?? connected[0];
}
