import { Plus, Trash2 } from "lucide-react";
import type { EdgeData, WorkflowDefinition, WorkflowEdge, WorkflowNode } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Select } from "@/components/ui/inputs";
import { edgesFrom, withEdge, withEdgeData, withoutEdge, withTarget } from "./graph";
import { LinesField } from "./LinesField";
import { TextField } from "./TextField";

type EdgeListProps = {
  node: WorkflowNode;
  definition: WorkflowDefinition;
  onChange: (definition: WorkflowDefinition) => void;
};

/** Where a step leads, and what makes the conversation go there. */
export function EdgeList({ node, definition, onChange }: EdgeListProps) {
  if (node.type === "end") return null;
  const targets = definition.nodes.filter(({ type }) => type !== "start" && type !== "global");
  const [first] = targets.filter(({ id }) => id !== node.id);
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-2 font-medium">Ways on</legend>
      {edgesFrom(definition, node.id).map((edge) => (
        <EdgeFields
          key={edge.id}
          edge={edge}
          targets={targets.map(({ id }) => id)}
          onTarget={(target) => onChange(withTarget(definition, edge.id, target))}
          onData={(changes) => onChange(withEdgeData(definition, edge.id, changes))}
          onRemove={() => onChange(withoutEdge(definition, edge.id))}
        />
      ))}
      <Button
        size="small"
        className="self-start"
        disabled={first === undefined}
        onClick={() => first && onChange(withEdge(definition, node.id, first.id))}
      >
        <Plus aria-hidden className="size-3.5" />
        Add a way on
      </Button>
    </fieldset>
  );
}

type EdgeFieldsProps = {
  edge: WorkflowEdge;
  targets: readonly string[];
  onTarget: (target: string) => void;
  onData: (changes: Partial<EdgeData>) => void;
  onRemove: () => void;
};

function EdgeFields({ edge, targets, onTarget, onData, onRemove }: EdgeFieldsProps) {
  const data = edge.data ?? {};
  // Undefined leaves a field out; the types of the definition do not know such values.
  const set = (changes: { [Name in keyof EdgeData]: EdgeData[Name] | undefined }) =>
    onData(changes as Partial<EdgeData>);
  return (
    <fieldset
      aria-label={`To ${edge.target}`}
      className="flex min-w-0 flex-col gap-4 rounded-lg border border-line p-4"
    >
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label="Leads to">
          {(control) => (
            <Select {...control} value={edge.target} onChange={({ target }) => onTarget(target.value)}>
              {!targets.includes(edge.target) && <option>{edge.target}</option>}
              {targets.map((id) => (
                <option key={id}>{id}</option>
              ))}
            </Select>
          )}
        </Field>
        <TextField
          label="What for"
          value={data.label}
          onChange={(label) => set({ label })}
          placeholder="sales"
        />
        <TextField
          label="Keys"
          maxLength={20}
          value={data.digits}
          onChange={(digits) =>
            set({ digits: digits?.toUpperCase().replaceAll(/[^0-9A-D*#]/g, "") || undefined })
          }
        />
      </div>
      <LinesField
        label="What a caller says"
        lines={data.examples ?? []}
        onChange={(examples) => set({ examples })}
        help="One example a line; whatever means the same leads here too."
      />
      <details>
        <summary className="text-xs text-muted">Conditions</summary>
        <div className="mt-3 flex flex-col gap-4">
          <TextField
            label="When values are there"
            value={data.when}
            onChange={(when) => set({ when })}
            placeholder="order_number"
            help="The name of a value, or a comparison such as age >= 18."
          />
          <TextField
            label="For a language model"
            value={data.condition}
            onChange={(condition) => set({ condition })}
            placeholder="the caller asks for sales"
          />
        </div>
      </details>
      <Button
        size="small"
        kind="ghost"
        className="self-start"
        onClick={onRemove}
        aria-label={`Remove the way to ${edge.target}`}
      >
        <Trash2 aria-hidden className="size-3.5" />
        Remove
      </Button>
    </fieldset>
  );
}
