import { Trash2 } from "lucide-react";
import type { CallerTurn, ExpectedTurn, TrialStep, WorkflowDefinition } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input, Select } from "@/components/ui/inputs";
import { PairsField } from "./PairsField";
import { TextField } from "./TextField";
import { gatheredOf, pairsOf } from "./testValues";

type Doing = keyof CallerTurn;

const doings: readonly { doing: Doing; label: string; field: string }[] = [
  { doing: "say", label: "says", field: "What the caller says" },
  { doing: "keys", label: "presses keys", field: "Which keys" },
  { doing: "transfer_failed", label: "comes back from a transfer", field: "Why nobody took it" },
];

const outcomes = ["completed", "transferred", "agent_hung_up", "failed"];

type StepFieldsProps = {
  number: number;
  step: TrialStep;
  definition: WorkflowDefinition;
  onChange: (step: TrialStep) => void;
  onRemove: () => void;
};

/** A turn of the caller in a test, and what must come of it. */
export function StepFields({ number, step, definition, onChange, onRemove }: StepFieldsProps) {
  const expect = step.expect ?? {};
  const chosen =
    doings.find(({ doing }) => step.turn[doing]) ?? doings.find(({ doing }) => doing in step.turn);
  const doing = chosen?.doing ?? "say";
  const set = (changes: { [Name in keyof ExpectedTurn]: ExpectedTurn[Name] | undefined }) => {
    const entries = Object.entries({ ...expect, ...changes }).filter(([, value]) => value !== undefined);
    onChange({ ...step, expect: Object.fromEntries(entries) as ExpectedTurn });
  };
  const text = step.turn[doing] ?? "";
  return (
    <li>
      <fieldset
        aria-label={`Turn ${number}`}
        className="flex min-w-0 flex-col gap-4 rounded-lg border border-line p-4"
      >
        <div className="grid gap-4 sm:grid-cols-[12rem_minmax(0,1fr)]">
          <Field label="The caller">
            {(control) => (
              <Select
                {...control}
                value={doing}
                onChange={({ target }) => onChange({ ...step, turn: { [target.value]: text } })}
              >
                {doings.map((one) => (
                  <option key={one.doing} value={one.doing}>
                    {one.label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label={chosen?.field ?? ""}>
            {(control) => (
              <Input
                {...control}
                autoComplete="off"
                maxLength={doing === "keys" ? 40 : 500}
                value={text}
                onChange={({ target }) => onChange({ ...step, turn: { [doing]: target.value } })}
              />
            )}
          </Field>
        </div>
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            label="The agent then says"
            value={expect.says}
            maxLength={500}
            onChange={(says) => set({ says })}
            help="Some of its words are enough."
          />
          <Field label="The conversation is then at" isOptional>
            {(control) => (
              <Select
                {...control}
                value={expect.node_id ?? ""}
                onChange={({ target }) => set({ node_id: target.value || undefined })}
              >
                <option value="">any step</option>
                {expect.node_id && !definition.nodes.some(({ id }) => id === expect.node_id) && (
                  <option>{expect.node_id}</option>
                )}
                {definition.nodes.map(({ id }) => (
                  <option key={id}>{id}</option>
                ))}
              </Select>
            )}
          </Field>
          <PairsField
            label="Values it has by then"
            help="One a line, as order_number = 4711."
            pairs={pairsOf(expect.gathered)}
            onChange={(pairs) => set({ gathered: gatheredOf(pairs, definition) })}
          />
          <div className="flex flex-col gap-4">
            <Field label="The call ends" isOptional>
              {(control) => (
                <Select
                  {...control}
                  value={expect.outcome ?? ""}
                  onChange={({ target }) => set({ outcome: target.value || undefined })}
                >
                  <option value="">or goes on</option>
                  {outcomes.map((one) => (
                    <option key={one} value={one}>
                      {one.replaceAll("_", " ")}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <TextField
              label="Put through to"
              value={expect.transfer_to}
              placeholder="PJSIP/6001"
              onChange={(transfer_to) => set({ transfer_to })}
            />
          </div>
        </div>
        <Button
          size="small"
          kind="ghost"
          className="self-start"
          onClick={onRemove}
          aria-label={`Remove turn ${number}`}
        >
          <Trash2 aria-hidden className="size-3.5" />
          Remove
        </Button>
      </fieldset>
    </li>
  );
}
