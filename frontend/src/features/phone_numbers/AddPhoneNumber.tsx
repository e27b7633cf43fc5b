import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { createPhoneNumberMutation } from "@/client/@tanstack/react-query.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { showServerError } from "@/lib/formErrors";
import { WorkflowSelect } from "./WorkflowSelect";

const schema = z.object({
  address: z.string().trim().min(1, "Enter an extension or a number."),
  label: z.string().trim().max(100, "Use at most 100 characters."),
  inbound_workflow_id: z.string(),
});

const blank: z.infer<typeof schema> = { address: "", label: "", inbound_workflow_id: "" };

/** Registers an address of the PBX, so that calls to it are answered. */
export function AddPhoneNumber({ configurationId }: { configurationId: string }) {
  const queryClient = useQueryClient();
  const create = useMutation(createPhoneNumberMutation());
  const form = useForm({ resolver: zodResolver(schema), defaultValues: blank });
  const { errors, isSubmitting } = form.formState;

  async function add(values: z.infer<typeof schema>) {
    try {
      const created = await create.mutateAsync({
        path: { configuration_id: configurationId },
        body: { ...values, inbound_workflow_id: values.inbound_workflow_id || null },
      });
      announce(`Added ${created.address}`);
    } catch (reason) {
      showServerError(form, reason, { address_taken: "address" });
      return;
    }
    form.reset({ ...blank, inbound_workflow_id: values.inbound_workflow_id });
    form.setFocus("address");
    await refresh(queryClient, "phone-numbers", "telephony-configurations");
  }

  return (
    <form
      noValidate
      onSubmit={form.handleSubmit(add)}
      aria-label="Add a phone number"
      className="flex flex-col gap-4"
    >
      {errors.root?.server && <Notice tone="bad">{errors.root.server.message}</Notice>}
      <div className="grid items-start gap-4 sm:grid-cols-3">
        <Field
          label="Address"
          help="8000, +14155550100, sip:sales@example.com, a pattern such as _8XXX, or _. for every number that has no row of its own"
          error={errors.address?.message}
        >
          {(control) => (
            <Input {...control} {...form.register("address")} autoComplete="off" placeholder="8000" />
          )}
        </Field>
        <Field label="Label" isOptional error={errors.label?.message}>
          {(control) => (
            <Input {...control} {...form.register("label")} autoComplete="off" placeholder="Reception" />
          )}
        </Field>
        <Field label="Inbound workflow" error={errors.inbound_workflow_id?.message}>
          {(control) => <WorkflowSelect {...control} {...form.register("inbound_workflow_id")} />}
        </Field>
      </div>
      <div>
        <Button kind="primary" type="submit" isPending={isSubmitting}>
          Add phone number
        </Button>
      </div>
    </form>
  );
}
