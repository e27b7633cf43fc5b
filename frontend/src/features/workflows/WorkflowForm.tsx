import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import type { WorkflowSampleOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input, Select } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { showServerError } from "@/lib/formErrors";
import { AgentFields } from "./AgentFields";
import { agentKinds } from "./agentKinds";
import { takesTurns } from "./agentSchema";
import { BeginningFields } from "./BeginningFields";
import { CallSettingsFields } from "./CallSettingsFields";
import { type WorkflowValues, workflowSchema } from "./workflowValues";

type WorkflowFormProps = {
  values: WorkflowValues;
  onSave: (values: WorkflowValues) => Promise<unknown>;
  /** Saves without publishing; a new workflow can't. */
  onSaveDraft?: (values: WorkflowValues) => Promise<unknown>;
  /** What a new workflow can begin with. */
  samples?: readonly WorkflowSampleOut[];
};

/** Who talks in a workflow, with which settings; of a new one also what it begins with. */
export function WorkflowForm({ values, onSave, onSaveDraft, samples }: WorkflowFormProps) {
  const form = useForm({
    resolver: zodResolver(workflowSchema),
    values,
    resetOptions: { keepErrors: true },
    mode: "onTouched",
  });
  const { errors, isSubmitting } = form.formState;
  const kind = form.watch("agent");
  const isKnownAgent = agentKinds.some(({ value }) => value === values.agent);

  const saved = (send: (values: WorkflowValues) => Promise<unknown>) =>
    form.handleSubmit(async (entered) => {
      try {
        await send(entered);
      } catch (reason) {
        showServerError(form, reason, { name_taken: "name" });
      }
    });

  return (
    <form noValidate onSubmit={saved(onSave)} className="flex max-w-xl flex-col gap-5">
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
      <AgentFields form={form} />
      {samples && <BeginningFields form={form} samples={samples} />}
      <CallSettingsFields form={form} takesTurns={takesTurns(kind)} />
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" type="submit" isPending={isSubmitting}>
          Save and publish
        </Button>
        {onSaveDraft && (
          <Button disabled={isSubmitting} onClick={saved(onSaveDraft)}>
            Save draft
          </Button>
        )}
      </div>
    </form>
  );
}
