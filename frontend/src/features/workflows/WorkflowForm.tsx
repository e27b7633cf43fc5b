import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input, Select, TextArea } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { showServerError } from "@/lib/formErrors";
import { agentKinds } from "./agentKinds";
import { CallSettingsFields } from "./CallSettingsFields";
import { type WorkflowValues, workflowSchema } from "./workflowValues";

type WorkflowFormProps = {
  values: WorkflowValues;
  onSave: (values: WorkflowValues) => Promise<unknown>;
};

/** The words a workflow begins and ends with, and who talks in between. */
export function WorkflowForm({ values, onSave }: WorkflowFormProps) {
  const form = useForm({
    resolver: zodResolver(workflowSchema),
    values,
    resetOptions: { keepErrors: true },
    mode: "onTouched",
  });
  const { errors, isSubmitting } = form.formState;
  const isEcho = form.watch("agent") === "echo";
  const isKnownAgent = agentKinds.some((kind) => kind.value === values.agent);

  async function save(entered: WorkflowValues) {
    try {
      await onSave(entered);
    } catch (reason) {
      showServerError(form, reason, { name_taken: "name" });
    }
  }

  return (
    <form noValidate onSubmit={form.handleSubmit(save)} className="flex max-w-xl flex-col gap-5">
      {errors.root?.server && <Notice tone="bad">{errors.root.server.message}</Notice>}
      <Field label="Name" error={errors.name?.message}>
        {(control) => <Input {...control} {...form.register("name")} autoComplete="off" />}
      </Field>
      <Field label="Agent" error={errors.agent?.message}>
        {(control) => (
          <Select {...control} {...form.register("agent")}>
            {agentKinds.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
            {!isKnownAgent && <option value={values.agent}>{values.agent}</option>}
          </Select>
        )}
      </Field>
      {!isEcho && (
        <>
          <Field
            label="Greeting"
            error={errors.greeting?.message}
            help={
              <>
                The first words of every call. <code>{"{{caller_name | there}}"}</code> becomes the caller's
                name, or "there" when it is not known.
              </>
            }
          >
            {(control) => <TextArea {...control} {...form.register("greeting")} />}
          </Field>
          <Field
            label="Farewell"
            error={errors.farewell?.message}
            help="Spoken when the caller says goodbye."
          >
            {(control) => <TextArea {...control} {...form.register("farewell")} rows={2} />}
          </Field>
        </>
      )}
      <CallSettingsFields form={form} takesTurns={!isEcho} />
      <div>
        <Button kind="primary" type="submit" isPending={isSubmitting}>
          Save and publish
        </Button>
      </div>
    </form>
  );
}
