import { Plus, Trash2 } from "lucide-react";
import type { Collected } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Select, Switch } from "@/components/ui/inputs";
import { LinesField } from "./LinesField";
import { TextField } from "./TextField";

type ValueType = NonNullable<Collected["type"]>;

const valueTypes: readonly { type: ValueType; label: string }[] = [
  { type: "text", label: "Any words" },
  { type: "digits", label: "Digits, spoken or keyed" },
  { type: "number", label: "A number" },
  { type: "date", label: "A date" },
  { type: "time", label: "A time of day" },
  { type: "yes_no", label: "Yes or no" },
  { type: "choice", label: "One of several" },
  { type: "name", label: "A person's name" },
];

type CollectListProps = {
  collected: readonly Collected[];
  onChange: (collected: readonly Collected[]) => void;
};

/** The values a step asks the caller for. */
export function CollectList({ collected, onChange }: CollectListProps) {
  const replace = (index: number, changes: Partial<Collected>) =>
    onChange(collected.map((value, at) => (at === index ? without({ ...value, ...changes }) : value)));
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-2 font-medium">Asks for</legend>
      {collected.map((value, index) => (
        <CollectedFields
          // biome-ignore lint/suspicious/noArrayIndexKey: a value has no name of its own until it is typed
          key={index}
          value={value}
          onChange={(changes) => replace(index, changes)}
          onRemove={() => onChange(collected.filter((_, at) => at !== index))}
        />
      ))}
      <Button
        size="small"
        className="self-start"
        onClick={() => onChange([...collected, { name: nameFor(collected) }])}
      >
        <Plus aria-hidden className="size-3.5" />
        Ask for a value
      </Button>
    </fieldset>
  );
}

type CollectedFieldsProps = {
  value: Collected;
  onChange: (changes: Partial<Collected>) => void;
  onRemove: () => void;
};

function CollectedFields({ value, onChange, onRemove }: CollectedFieldsProps) {
  return (
    <fieldset
      aria-label={`Value ${value.name}`}
      className="flex min-w-0 flex-col gap-4 rounded-lg border border-line p-4"
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Name of the value"
          maxLength={60}
          value={value.name}
          onChange={(name) => onChange({ name: name ?? "" })}
          help="Letters, digits and _."
        />
        <Field label="What it is">
          {(control) => (
            <Select
              {...control}
              value={value.type ?? "text"}
              onChange={({ target }) => onChange({ type: target.value as ValueType })}
            >
              {valueTypes.map(({ type, label }) => (
                <option key={type} value={type}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      {value.type === "choice" && (
        <LinesField
          label="Choices"
          lines={value.options ?? []}
          onChange={(options) => onChange({ options } as Partial<Collected>)}
          help="One a line."
        />
      )}
      {value.type === "digits" && (
        <div className="grid grid-cols-2 gap-4">
          <Length
            label="Fewest digits"
            value={value.min_length}
            onChange={(min_length) => onChange({ min_length })}
          />
          <Length
            label="Most digits"
            value={value.max_length}
            onChange={(max_length) => onChange({ max_length })}
          />
        </div>
      )}
      <TextField
        label="Question"
        maxLength={5_000}
        value={value.ask}
        onChange={(ask) => onChange({ ask })}
        help="Asked when what the step says has not brought the value. Made of its name when left empty."
      />
      <div className="flex flex-wrap items-center gap-x-6 gap-y-2">
        <Switch
          label="Ask whether it was understood"
          checked={value.confirm ?? false}
          onChange={({ target }) => onChange({ confirm: target.checked })}
        />
        <Switch
          label="Go on without it"
          checked={value.required === false}
          onChange={({ target }) => onChange({ required: !target.checked })}
        />
        <Button size="small" kind="ghost" onClick={onRemove} aria-label={`Remove the value ${value.name}`}>
          <Trash2 aria-hidden className="size-3.5" />
          Remove
        </Button>
      </div>
    </fieldset>
  );
}

type LengthProps = {
  label: string;
  value: number | null | undefined;
  onChange: (length: number | undefined) => void;
};

function Length({ label, value, onChange }: LengthProps) {
  return (
    <TextField
      label={label}
      value={value === null || value === undefined ? "" : String(value)}
      maxLength={2}
      onChange={(text) => onChange(/^\d+$/.test(text ?? "") ? Number(text) : undefined)}
    />
  );
}

function nameFor(collected: readonly Collected[]): string {
  let number = collected.length + 1;
  while (collected.some(({ name }) => name === `value_${number}`)) number += 1;
  return `value_${number}`;
}

function without(value: Collected): Collected {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Collected;
}
