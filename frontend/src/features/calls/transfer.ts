import { z } from "zod";
import type { Transfer, TransferMode } from "@/client/types.gen";

/** The ways to send a caller on, in the words of the form. */
export const transferModes: Record<TransferMode, { label: string; help: string }> = {
  blind: {
    label: "Ring somebody and connect",
    help: "The caller hears music until somebody answers. When nobody does, the caller comes back to the agent.",
  },
  attended: {
    label: "Tell somebody first, then connect",
    help: "Whoever answers is told about the caller, who hears music meanwhile and comes back when nobody takes the call.",
  },
  dialplan: {
    label: "Back into the dialplan",
    help: "Asterisk goes on with the call at this place, and the agent's part is over.",
  },
  refer: {
    label: "By the caller's own telephone (SIP REFER)",
    help: "The caller's telephone or trunk is asked to call somebody else. Not all of them do.",
  },
};

const MAX_PRIORITY = 10_000;

export const transferSchema = z
  .object({
    mode: z.enum(["blind", "attended", "dialplan", "refer"]),
    to: z.string().trim(),
    briefing: z.string().trim().max(1_000, "Use at most 1000 characters."),
    must_confirm: z.boolean(),
    context: z.string().trim(),
    extension: z.string().trim(),
    priority: z.string().trim(),
  })
  .superRefine((values, refinement) => {
    const fault = (field: keyof typeof values, message: string) =>
      refinement.addIssue({ code: "custom", path: [field], message });
    if (values.mode !== "dialplan") {
      if (values.to === "") fault("to", "Enter a number or an endpoint.");
      return;
    }
    if (values.context === "") fault("context", "Enter a context of the dialplan.");
    if (values.extension === "") fault("extension", "Enter an extension in that context.");
    const priority = Number(values.priority);
    if (!Number.isInteger(priority) || priority < 1 || priority > MAX_PRIORITY) {
      fault("priority", `Enter a whole number from 1 to ${MAX_PRIORITY}.`);
    }
  });

export type TransferValues = z.infer<typeof transferSchema>;

export const blankTransfer: TransferValues = {
  mode: "blind",
  to: "",
  briefing: "",
  must_confirm: false,
  context: "",
  extension: "",
  priority: "1",
};

/** Only what belongs to the chosen way; an empty briefing is left to the server. */
export function transferOf(values: TransferValues): Transfer {
  const { mode, to, briefing, must_confirm, context, extension, priority } = values;
  if (mode === "dialplan") return { mode, context, extension, priority: Number(priority) };
  if (mode !== "attended") return { mode, to };
  return briefing === "" ? { mode, to, must_confirm } : { mode, to, must_confirm, briefing };
}
