import { useState } from "react";
import type { WorkflowDefinition } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { TextArea } from "@/components/ui/inputs";

type JsonEditorProps = {
  definition: WorkflowDefinition;
  onChange: (definition: WorkflowDefinition) => void;
};

/** The whole graph as text, for what the forms do not have, and to take it elsewhere. */
export function JsonEditor({ definition, onChange }: JsonEditorProps) {
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState<string | undefined>();

  function take() {
    try {
      const read: unknown = JSON.parse(text ?? "");
      if (!isGraph(read)) return setError("It needs “nodes”, a list in which each has an id and a type.");
      onChange(read);
      setText(null);
      setError(undefined);
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : "This is no JSON.");
    }
  }

  return (
    <details className="rounded-xl border border-line bg-surface">
      <summary className="rounded-xl px-4 py-3.5 font-semibold sm:px-5">As JSON</summary>
      <div className="flex flex-col gap-3 border-t border-line p-4 sm:p-5">
        <Field label="Definition" error={error}>
          {(control) => (
            <TextArea
              {...control}
              rows={18}
              spellCheck={false}
              className="font-mono text-xs"
              value={text ?? JSON.stringify(definition, null, 2)}
              onChange={({ target }) => setText(target.value)}
            />
          )}
        </Field>
        <div className="flex flex-wrap gap-2">
          <Button disabled={text === null} onClick={take}>
            Take this definition
          </Button>
          <Button
            kind="ghost"
            disabled={text === null}
            onClick={() => {
              setText(null);
              setError(undefined);
            }}
          >
            Discard
          </Button>
        </div>
      </div>
    </details>
  );
}

/** Enough of one to be shown; the server judges the rest. */
function isGraph(value: unknown): value is WorkflowDefinition {
  if (typeof value !== "object" || value === null || !("nodes" in value)) return false;
  const { nodes, edges } = value as { nodes: unknown; edges?: unknown };
  const isNode = (node: unknown) =>
    typeof node === "object" &&
    node !== null &&
    "id" in node &&
    "type" in node &&
    typeof node.id === "string";
  return Array.isArray(nodes) && nodes.every(isNode) && (edges === undefined || Array.isArray(edges));
}
