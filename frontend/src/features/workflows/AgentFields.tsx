import type { UseFormReturn } from "react-hook-form";
import { agentOfKind } from "./agentKinds";
import { settingsOfKind } from "./agentSchema";
import { withValue } from "./documents";
import { MemberFields } from "./MemberFields";
import type { WorkflowValues } from "./workflowValues";

/** The settings that the chosen kind of agent has of its own. */
export function AgentFields({ form }: { form: UseFormReturn<WorkflowValues> }) {
  const kind = form.watch("agent");
  const document = agentOfKind(form.watch("document"), kind);
  const members = settingsOfKind(kind);
  if (members.length === 0) return null;
  return (
    <MemberFields
      key={kind}
      members={members}
      path={[]}
      document={document}
      onChange={(path, value) => {
        // The latest one: two fields may change before the form is drawn again.
        const latest = agentOfKind(form.getValues("document"), kind);
        form.setValue("document", withValue(latest, path, value), { shouldDirty: true });
      }}
      faults={faultsIn(form.formState.errors.agent?.message ?? "")}
    />
  );
}

/** The server tells the faults of an agent in one text: `llm.model: Field required; stt: ...`. */
export function faultsIn(message: string): Record<string, string> {
  const faults = message.replace(/\.$/, "").split("; ");
  return Object.fromEntries(
    faults.flatMap((fault): [string, string][] => {
      const [, place, text] = /^([A-Za-z0-9_.]+): (.+)$/.exec(fault) ?? [];
      // The kind of a part stands in its place, and in no document.
      const steps = place?.split(".").filter((step, at) => at === 0 || !PARTS.includes(step)) ?? [];
      return steps.length > 0 && text ? [[steps.join(".").toLowerCase(), `${text}.`]] : [];
    }),
  );
}

const PARTS = ["embedded", "openai"];
