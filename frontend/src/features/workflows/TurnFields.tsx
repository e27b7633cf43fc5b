import type { UseFormReturn } from "react-hook-form";
import { Field } from "@/components/ui/Field";
import { Input, Select, TextArea } from "@/components/ui/inputs";
import { interruptions, pauses, terminators, usualBackChannels } from "./turnSettings";
import type { WorkflowValues } from "./workflowValues";

type Form = UseFormReturn<WorkflowValues>;

/** When the caller interrupts the agent, and when it is the agent's turn. */
export function TurnFields({ form }: { form: Form }) {
  const faults = form.formState.errors.turns;
  return (
    <fieldset className="flex min-w-0 flex-col gap-5">
      <legend className="mb-3 font-medium">Taking turns</legend>
      <Field label="When the caller speaks while the agent talks" error={faults?.barge_in?.message}>
        {(control) => (
          <Select {...control} {...form.register("turns.barge_in")}>
            {interruptions.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        label="Words that do not interrupt"
        help="What callers say to show that they listen, with commas between."
        isOptional
        error={faults?.back_channels?.message}
      >
        {(control) => (
          <TextArea
            {...control}
            {...form.register("turns.back_channels")}
            rows={2}
            placeholder={usualBackChannels}
          />
        )}
      </Field>
      {pauses.map(({ name, label, usual, help }) => (
        <Field key={name} label={label} help={help} isOptional error={faults?.[name]?.message}>
          {(control) => (
            <Input
              {...control}
              {...form.register(`turns.${name}`)}
              inputMode="numeric"
              autoComplete="off"
              placeholder={String(usual)}
              className="max-w-32"
            />
          )}
        </Field>
      ))}
      <Field label="Key that ends an entry" error={faults?.key_terminator?.message}>
        {(control) => (
          <Select {...control} {...form.register("turns.key_terminator")}>
            {terminators.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </fieldset>
  );
}
