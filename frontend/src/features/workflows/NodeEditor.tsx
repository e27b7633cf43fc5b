import { ChevronRight, CircleAlert, Trash2 } from "lucide-react";
import { useState } from "react";
import type { ProblemOut, WorkflowDefinition, WorkflowNode } from "@/client/types.gen";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/inputs";
import { EdgeList } from "./EdgeList";
import { edgesFrom, labelOfType, withData, withRenamed } from "./graph";
import { NodeFields } from "./NodeFields";
import { ProblemList } from "./ProblemList";

type NodeEditorProps = {
  node: WorkflowNode;
  definition: WorkflowDefinition;
  problems: readonly ProblemOut[];
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
  onChange: (definition: WorkflowDefinition) => void;
  onRenamed: (id: string) => void;
  onRemove: () => void;
};

/** One step of the list: a line that tells what it does, and its form when it is open. */
export function NodeEditor(props: NodeEditorProps) {
  const { node, definition, problems, isOpen, onToggle, onChange, onRemove } = props;
  const targets = edgesFrom(definition, node.id).map(({ target }) => target);
  const panelId = `step-${node.id}`;
  const errors = problems.filter(({ severity }) => severity === "error").length;
  return (
    <li id={panelId} className="scroll-mt-20">
      <h3>
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => onToggle(!isOpen)}
          className="flex w-full items-start gap-3 px-4 py-3 text-left hover:bg-sunken sm:px-5"
        >
          <ChevronRight
            aria-hidden
            className={`mt-0.5 size-4 shrink-0 transition-transform ${isOpen ? "rotate-90" : ""}`}
          />
          <span className="flex min-w-0 flex-1 flex-col gap-0.5">
            <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <span className="font-semibold wrap-anywhere">{node.id}</span>
              <span className="text-xs text-muted">{labelOfType(node.type)}</span>
              {errors > 0 && (
                <Badge tone="bad" icon={CircleAlert}>
                  {errors === 1 ? "1 problem" : `${errors} problems`}
                </Badge>
              )}
            </span>
            <span className="truncate text-muted">{summaryOf(node)}</span>
            {targets.length > 0 && (
              <span className="text-xs text-muted wrap-anywhere">
                leads to {[...new Set(targets)].join(", ")}
              </span>
            )}
          </span>
        </button>
      </h3>
      {isOpen && (
        <div className="flex flex-col gap-5 px-4 pt-1 pb-5 sm:px-12">
          <ProblemList problems={problems} label={`What is wrong with ${node.id}`} />
          <NameField {...props} />
          <NodeFields node={node} onChange={(changes) => onChange(withData(definition, node.id, changes))} />
          <EdgeList node={node} definition={definition} onChange={onChange} />
          <Button className="self-start" onClick={onRemove}>
            <Trash2 aria-hidden className="size-4" />
            Remove this step
          </Button>
        </div>
      )}
    </li>
  );
}

/** A name is used elsewhere too, so it changes only when the field is left. */
function NameField({ node, definition, onChange, onRenamed }: NodeEditorProps) {
  const [name, setName] = useState(node.id);
  const isTaken = name !== node.id && definition.nodes.some(({ id }) => id === name);

  function rename() {
    const changed = withRenamed(definition, node.id, name.trim());
    if (changed === definition) return setName(node.id);
    onChange(changed);
    onRenamed(name.trim());
  }

  return (
    <Field
      label="Name of the step"
      error={isTaken ? "Another step has this name." : undefined}
      className="max-w-xs"
    >
      {(control) => (
        <Input
          {...control}
          autoComplete="off"
          maxLength={100}
          value={name}
          onChange={({ target }) => setName(target.value)}
          onBlur={() => name !== node.id && rename()}
        />
      )}
    </Field>
  );
}

function summaryOf(node: WorkflowNode): string {
  switch (node.type) {
    case "http":
      return `${node.data?.method ?? "GET"} ${node.data?.url ?? ""}`;
    case "global":
      return node.data?.prompt || node.data?.say || "";
    case "transfer":
      return node.data?.say || `to ${node.data?.to || node.data?.extension || "nobody yet"}`;
    default:
      return node.data?.say || "Says nothing.";
  }
}
