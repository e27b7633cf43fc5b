import type { ComponentProps } from "react";
import { Select } from "@/components/ui/inputs";
import { useWorkflowChoices } from "@/lib/useWorkflowChoices";

/** Chooses the workflow that answers; the empty choice refuses calls. */
export function WorkflowSelect(props: ComponentProps<"select">) {
  const workflows = useWorkflowChoices() ?? [];
  return (
    <Select {...props}>
      <option value="">None (calls are refused)</option>
      {workflows.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </Select>
  );
}
