import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { inviteUserMutation } from "@/client/@tanstack/react-query.gen";
import type { InvitedUser } from "@/client/types.gen";
import { zRole } from "@/client/zod.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input, Select } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { refresh } from "@/lib/api";
import { showServerError } from "@/lib/formErrors";
import { roleChoices } from "@/lib/roles";

const schema = z.object({ email: z.email("Enter their email address."), role: zRole });

type Values = z.infer<typeof schema>;

const blank: Values = { email: "", role: "operator" };

/** Invites a person; the link is handed over by whoever invites. */
export function InviteMember({ onInvited }: { onInvited: (invited: InvitedUser) => void }) {
  const queryClient = useQueryClient();
  const invite = useMutation(inviteUserMutation());
  const form = useForm({ resolver: zodResolver(schema), defaultValues: blank });
  const { errors, isSubmitting } = form.formState;

  async function submit(values: Values) {
    try {
      onInvited(await invite.mutateAsync({ body: values }));
    } catch (reason) {
      showServerError(form, reason, { email_taken: "email" });
      return;
    }
    form.reset(blank);
    await refresh(queryClient, "users");
  }

  return (
    <form
      noValidate
      onSubmit={form.handleSubmit(submit)}
      aria-label="Invite a person"
      className="flex flex-col gap-4"
    >
      {errors.root?.server && <Notice tone="bad">{errors.root.server.message}</Notice>}
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <Field label="Email of the new member" error={errors.email?.message}>
          {(control) => <Input {...control} {...form.register("email")} type="email" autoComplete="off" />}
        </Field>
        <Field label="Role of the new member" error={errors.role?.message}>
          {(control) => (
            <Select {...control} {...form.register("role")}>
              {roleChoices.map(([role, { label }]) => (
                <option key={role} value={role}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <div>
        <Button kind="primary" type="submit" isPending={isSubmitting}>
          Invite
        </Button>
      </div>
    </form>
  );
}
