import { z } from "zod";
import { zDirection, zOutcome } from "@/client/zod.gen";

/** What the list of runs is narrowed to, as it stands in the address. Unknown values are dropped. */
export const runFilters = z.object({
  outcome: zOutcome.optional().catch(undefined),
  direction: zDirection.optional().catch(undefined),
  // A number in the address is read as JSON, so 8000 arrives as a number.
  number: z.coerce.string().optional().catch(undefined),
});

export type RunFilters = z.infer<typeof runFilters>;

export function isNarrowed(filters: RunFilters): boolean {
  return Object.values(filters).some((value) => value !== undefined && value !== "");
}
