import { z } from "zod";
import { callSettingsSchema } from "./callSettings";
import { turnSettingsSchema } from "./turnSettings";

export const workflowSchema = z.object({
  name: z.string().trim().min(1, "Give the workflow a name."),
  greeting: z.string().trim(),
  farewell: z.string().trim(),
  agent: z.string().min(1),
  settings: callSettingsSchema,
  turns: turnSettingsSchema,
});

export type WorkflowValues = z.infer<typeof workflowSchema>;
