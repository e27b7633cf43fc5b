import type { UseFormReturn } from "react-hook-form";
import { Advanced } from "@/components/ui/Advanced";
import { Field } from "@/components/ui/Field";
import { Input, Switch, TextArea } from "@/components/ui/inputs";
import { durations, type PhraseName, phrases } from "./callSettings";
import { TurnFields } from "./TurnFields";
import type { WorkflowValues } from "./workflowValues";

type Form = UseFormReturn<WorkflowValues>;

/** What holds for every call: its limits, how turns are taken, and what it says by itself. */
export function CallSettingsFields({ form, takesTurns }: { form: Form; takesTurns: boolean }) {
  const faults = form.formState.errors.settings;
  return (
    <Advanced
      description="How long a call may last and be silent, how turns are taken, and what it says by itself."
      hasFault={faults !== undefined || (takesTurns && form.formState.errors.turns !== undefined)}
    >
      {durations.map(({ name, label, usual, help }) => (
        <Field key={name} label={label} help={help} isOptional error={faults?.[name]?.message}>
          {(control) => (
            <Input
              {...control}
              {...form.register(`settings.${name}`)}
              inputMode="numeric"
              autoComplete="off"
              placeholder={String(usual)}
              className="max-w-32"
            />
          )}
        </Field>
      ))}
      {takesTurns && <TurnFields form={form} />}
      <p className="text-muted">Left empty, each of these is said in the words shown in grey.</p>
      {phrases.map(({ name, label, usual }) => (
        <PhraseField key={name} form={form} name={name} label={label} usual={usual} />
      ))}
    </Advanced>
  );
}

type PhraseFieldProps = { form: Form; name: PhraseName; label: string; usual: string };

function PhraseField({ form, name, label, usual }: PhraseFieldProps) {
  const field = `settings.phrases.${name}` as const;
  const isSilent = form.watch(`${field}.isSilent`);
  const fault = form.formState.errors.settings?.phrases?.[name]?.text;
  return (
    <fieldset aria-label={label} className="flex min-w-0 flex-col items-start gap-2">
      <Field label={label} error={fault?.message} className="w-full">
        {(control) =>
          isSilent ? (
            <Input {...control} readOnly value="Nothing is said." className="text-muted" />
          ) : (
            <TextArea {...control} {...form.register(`${field}.text`)} rows={2} placeholder={usual} />
          )
        }
      </Field>
      <Switch label="Say nothing" {...form.register(`${field}.isSilent`)} />
    </fieldset>
  );
}
