import { zodResolver } from "@hookform/resolvers/zod";
import { type ReactNode, useMemo } from "react";
import { useForm } from "react-hook-form";
import type { ConnectionTrial, FormFieldOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { showServerError } from "@/lib/formErrors";
import { type FormValues, formSchema, initialValues, NAME_FIELD, payloadOf } from "./providerForm";
import { ConnectionTest, useConnectionTest } from "./TestConnection";

/** Which field a refusal is about that has no list of fields. */
const codeFields = { name_taken: "name", application_taken: "app_name" };

type ConfigurationFormProps = {
  fields: readonly FormFieldOut[];
  /** The stored configuration while editing; secrets are never part of it. */
  stored?: Record<string, unknown>;
  /** Answers with what is stored now. */
  onSave: (payload: Record<string, unknown>) => Promise<Record<string, unknown>>;
  secondary?: ReactNode;
};

function placeholderOf(field: FormFieldOut, isEditing: boolean): string {
  if (field.secret) return isEditing ? "Set. Leave empty to keep it." : "";
  return `e.g. ${field.example}`;
}

/** The form of a connection, drawn from what the server says its provider needs. */
export function ConfigurationForm({ fields: ofProvider, stored, onSave, secondary }: ConfigurationFormProps) {
  const fields = useMemo(() => [NAME_FIELD, ...ofProvider], [ofProvider]);
  const isEditing = stored !== undefined;
  const values = useMemo(() => initialValues(fields, stored), [fields, stored]);
  const form = useForm<FormValues>({
    resolver: zodResolver(formSchema(fields, isEditing)),
    values,
    mode: "onTouched",
  });
  const { errors, isSubmitting } = form.formState;
  const test = useConnectionTest((reason) => showServerError(form, reason, codeFields));

  async function save(entered: FormValues) {
    try {
      const saved = await onSave(payloadOf(fields, entered, isEditing));
      form.reset(initialValues(fields, saved));
    } catch (reason) {
      showServerError(form, reason, codeFields);
    }
  }

  async function tryOut() {
    if (
      !(await form.trigger(
        ofProvider.map((field) => field.name),
        { shouldFocus: true },
      ))
    )
      return;
    const entered = payloadOf(ofProvider, form.getValues(), isEditing);
    test.run({ ...entered, configuration_id: stored?.id ?? null } as ConnectionTrial);
  }

  return (
    <form noValidate onSubmit={form.handleSubmit(save)} className="flex max-w-xl flex-col gap-5">
      {errors.root?.server && <Notice tone="bad">{errors.root.server.message}</Notice>}
      {fields.map((field) => (
        <Field
          key={field.name}
          label={field.label}
          help={field.help}
          isOptional={!field.required}
          error={errors[field.name]?.message}
        >
          {(control) => (
            <Input
              {...control}
              {...form.register(field.name)}
              type={field.secret ? "password" : "text"}
              inputMode={field.type === "url" ? "url" : undefined}
              autoComplete={field.secret ? "new-password" : "off"}
              spellCheck={false}
              placeholder={placeholderOf(field, isEditing)}
            />
          )}
        </Field>
      ))}
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" type="submit" isPending={isSubmitting}>
          Save Configuration
        </Button>
        <Button onClick={tryOut} isPending={test.isPending}>
          Test connection
        </Button>
        {secondary}
      </div>
      <ConnectionTest test={test} />
    </form>
  );
}
