import { z } from "zod";
import { callSettingsSchema } from "./callSettings";
import { turnSettingsSchema } from "./turnSettings";

export const workflowSchema = z.object({
  name: z.string().trim().min(1, "Give the workflow a name."),
  greeting: z.string().trim(),
  farewell: z.string().trim(),
  agent: z.string().min(1),
  /** The agent's document, whose own settings are changed a place at a time. */
  document: z.record(z.string(), z.unknown()),
  /** What a new workflow begins with: the id of a sample, or nothing for a greeting and a farewell. */
  sample: z.string(),
  settings: callSettingsSchema,
  turns: turnSettingsSchema,
});

export type WorkflowValues = z.infer<typeof workflowSchema>;
