import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { HttpAnswer, NewWorkflowTest, TrialStep, WorkflowDefinition } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { toApiError } from "@/lib/apiError";
import { PairsField } from "./PairsField";
import { StepFields } from "./StepFields";
import { TextField } from "./TextField";
import { answerOf, pairsOf } from "./testValues";

type TestFormProps = {
  test: NewWorkflowTest;
  definition: WorkflowDefinition;
  onSave: (test: NewWorkflowTest) => Promise<void>;
  onCancel: () => void;
};

/** A conversation that must go this way. */
export function TestForm({ test: before, definition, onSave, onCancel }: TestFormProps) {
  const [test, setTest] = useState<NewWorkflowTest>(() => ownOf(before));
  const [error, setError] = useState<string | null>(null);
  const [isPending, setPending] = useState(false);
  const steps = test.steps ?? [];
  const change = (changes: Partial<NewWorkflowTest>) => setTest({ ...test, ...changes });
  const requests = definition.nodes.filter(({ type }) => type === "http");

  async function save(event: FormEvent) {
    event.preventDefault();
    setPending(true);
    setError(null);
    try {
      await onSave(test);
    } catch (reason) {
      setError(toApiError(reason).message);
      setPending(false);
    }
  }

  return (
    <form
      onSubmit={save}
      aria-label={before.name ? `Test ${before.name}` : "New test"}
      className="flex flex-col gap-5"
    >
      {error && <Notice tone="bad">{error}</Notice>}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Name">
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              maxLength={100}
              value={test.name}
              onChange={({ target }) => change({ name: target.value })}
            />
          )}
        </Field>
        <TextField
          label="The agent's first words contain"
          value={test.opening?.says}
          maxLength={500}
          onChange={(says) => change({ opening: { ...test.opening, says: says ?? "" } })}
        />
      </div>
      <ol className="flex flex-col gap-4">
        {steps.map((step, index) => (
          <StepFields
            // biome-ignore lint/suspicious/noArrayIndexKey: steps have no names
            key={`${index} of ${steps.length}`}
            number={index + 1}
            step={step}
            definition={definition}
            onChange={(changed) => change({ steps: steps.map((one, at) => (at === index ? changed : one)) })}
            onRemove={() => change({ steps: steps.filter((_, at) => at !== index) })}
          />
        ))}
      </ol>
      <Button
        size="small"
        className="self-start"
        onClick={() => change({ steps: [...steps, { turn: { say: "" }, expect: {} } as TrialStep] })}
      >
        <Plus aria-hidden className="size-3.5" />
        Add a turn
      </Button>
      <PairsField
        label="What the call knows"
        help="One a line, as caller_name = Anna."
        pairs={textsOf(test.context)}
        onChange={(context) => change({ context: context ?? {} })}
      />
      {requests.map(({ id }) => (
        <PairsField
          key={id}
          label={`Answer of ${id}`}
          help="Values the request brings, one a line, as status = on its way. Without any it fails."
          pairs={pairsOf(test.http?.[id]?.values)}
          onChange={(pairs) => change({ http: withAnswer(test.http, id, answerOf(pairs)) })}
        />
      ))}
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" type="submit" isPending={isPending} disabled={test.name.trim() === ""}>
          Save test
        </Button>
        <Button kind="ghost" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

/** Without what only the server sets. */
function ownOf({ name, context, opening, steps, http }: NewWorkflowTest): NewWorkflowTest {
  return { name, context: context ?? {}, opening: opening ?? {}, steps: steps ?? [], http: http ?? {} };
}

function textsOf(context: NewWorkflowTest["context"]): Record<string, string> {
  return Object.fromEntries(Object.entries(context ?? {}).map(([name, value]) => [name, String(value)]));
}

function withAnswer(
  http: NewWorkflowTest["http"],
  id: string,
  answer: HttpAnswer | undefined,
): Record<string, HttpAnswer> {
  const { [id]: _, ...others } = http ?? {};
  return answer === undefined ? others : { ...others, [id]: answer };
}
