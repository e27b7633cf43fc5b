import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect } from "react";
import { useForm } from "react-hook-form";
import { startCall } from "@/client/sdk.gen";
import type { RunOut, TelephonyConfigurationOut, WorkflowOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input, Select } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { showServerError } from "@/lib/formErrors";
import {
  isConnected,
  preferred,
  rememberedTo,
  rememberTo,
  type TestCallValues,
  testCallOf,
  testCallSchema,
} from "./testCall";

type TestCallFormProps = {
  configurations: readonly TelephonyConfigurationOut[];
  workflows: readonly Pick<WorkflowOut, "id" | "name">[];
  onStarted: (run: RunOut) => void;
};

/** Whom to call. What there is only one of is not asked. */
export function TestCallForm({ configurations, workflows, onStarted }: TestCallFormProps) {
  const form = useForm({
    resolver: zodResolver(testCallSchema),
    mode: "onTouched",
    defaultValues: {
      workflow_id: workflows[0]?.id ?? "",
      to: rememberedTo(),
      telephony_configuration_id: preferred(configurations)?.id ?? "",
      from: "",
    },
  });
  const { errors, isSubmitting } = form.formState;
  const { setFocus } = form;
  useEffect(() => setFocus("to"), [setFocus]);
  const chosenId = form.watch("telephony_configuration_id");
  const chosen = configurations.find(({ id }) => id === chosenId);
  const hasChoice = configurations.length > 1;

  async function call(values: TestCallValues) {
    rememberTo(values.to);
    try {
      const { data } = await startCall({ body: testCallOf(values) });
      onStarted(data.run);
    } catch (reason) {
      showServerError(form, reason, hasChoice ? connectionFaults : {});
    }
  }

  return (
    <form noValidate onSubmit={form.handleSubmit(call)} className="flex flex-col gap-4">
      {errors.root?.server && <Notice tone="bad">{errors.root.server.message}</Notice>}
      <Field
        label="Number or endpoint"
        error={errors.to?.message}
        help={
          <>
            A number is dialled as <code className="wrap-anywhere">{chosen?.dial_template}</code>, an endpoint
            such as PJSIP/6001 as it stands.
          </>
        }
      >
        {(control) => <Input {...control} {...form.register("to")} autoComplete="off" placeholder="6001" />}
      </Field>
      {workflows.length > 1 && (
        <Field label="Workflow" error={errors.workflow_id?.message}>
          {(control) => (
            <Select {...control} {...form.register("workflow_id")}>
              {workflows.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {hasChoice && (
        <Field label="Through" error={errors.telephony_configuration_id?.message}>
          {(control) => (
            <Select {...control} {...form.register("telephony_configuration_id")}>
              {configurations.map((one) => (
                <option key={one.id} value={one.id} disabled={!isConnected(one)}>
                  {isConnected(one) ? one.name : `${one.name} (not connected)`}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      <Field
        label="Caller ID"
        isOptional
        error={errors.from?.message}
        help="What the telephone shows. Left empty, the configuration's default."
      >
        {(control) => <Input {...control} {...form.register("from")} autoComplete="off" />}
      </Field>
      <div className="flex justify-end">
        <Button kind="primary" type="submit" isPending={isSubmitting}>
          Call now
        </Button>
      </div>
    </form>
  );
}

const connectionFaults = {
  telephony_configuration_disabled: "telephony_configuration_id",
  telephony_configuration_not_connected: "telephony_configuration_id",
} as const;
