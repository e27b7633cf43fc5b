import { zodResolver } from "@hookform/resolvers/zod";
import { type ReactNode, useMemo } from "react";
import { useForm } from "react-hook-form";
import type { ConnectionTrial, FormFieldOut } from "@/client/types.gen";
import { Advanced } from "@/components/ui/Advanced";
import { Button } from "@/components/ui/Button";
import { Notice } from "@/components/ui/Notice";
import { showServerError } from "@/lib/formErrors";
import { ProviderField } from "./ProviderField";
import { type FormValues, formSchema, initialValues, NAME_FIELD, payloadOf } from "./providerForm";
import { ConnectionTest, useConnectionTest } from "./TestConnection";

/** Which field a refusal is about that has no list of fields. */
const codeFields = { name_taken: "name", application_taken: "app_name" };

/** What decides whether a connection works, and is tried out before saving. */
const triedFields = new Set([
  "ari_endpoint",
  "app_name",
  "app_password",
  "ws_client_name",
  "from_extensions",
  "dial_template",
  "media_format",
]);

type ConfigurationFormProps = {
  fields: readonly FormFieldOut[];
  /** The stored configuration while editing; secrets are never part of it. */
  stored?: Record<string, unknown>;
  /** Answers with what is stored now. */
  onSave: (payload: Record<string, unknown>) => Promise<Record<string, unknown>>;
  secondary?: ReactNode;
};

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

  const advanced = fields.filter((field) => field.advanced);
  const drawn = (field: FormFieldOut) => (
    <ProviderField key={field.name} field={field} form={form} isEditing={isEditing} />
  );

  async function save(entered: FormValues) {
    try {
      const saved = await onSave(payloadOf(fields, entered, isEditing));
      form.reset(initialValues(fields, saved));
    } catch (reason) {
      showServerError(form, reason, codeFields);
    }
  }

  async function tryOut() {
    const tried = ofProvider.filter((field) => triedFields.has(field.name));
    const names = tried.map((field) => field.name);
    if (!(await form.trigger(names, { shouldFocus: true }))) return;
    const entered = payloadOf(tried, form.getValues(), isEditing);
    test.run({ ...entered, configuration_id: stored?.id ?? null } as ConnectionTrial);
  }

  return (
    <form noValidate onSubmit={form.handleSubmit(save)} className="flex max-w-xl flex-col gap-5">
      {errors.root?.server && <Notice tone="bad">{errors.root.server.message}</Notice>}
      {fields.filter((field) => !field.advanced).map(drawn)}
      {advanced.length > 0 && (
        <Advanced
          description="Outbound calls, calls that can't be served, what the workflow gets to know, and audio."
          hasFault={advanced.some(({ name }) => errors[name] !== undefined)}
        >
          {advanced.map(drawn)}
        </Advanced>
      )}
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
