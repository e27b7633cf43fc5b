import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { changePasswordMutation } from "@/client/@tanstack/react-query.gen";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { showServerError } from "@/lib/formErrors";
import { chosenPassword, passwordHelp } from "./passwords";

const schema = z.object({
  current_password: z.string().min(1, "Enter your current password."),
  new_password: chosenPassword,
});

const blank = { current_password: "", new_password: "" };

/** The own password. */
export function ChangePassword({ email }: { email: string }) {
  const queryClient = useQueryClient();
  const change = useMutation(changePasswordMutation());
  const form = useForm({ resolver: zodResolver(schema), defaultValues: blank });
  const { errors, isSubmitting } = form.formState;

  async function save(body: z.infer<typeof schema>) {
    try {
      await change.mutateAsync({ body });
    } catch (reason) {
      showServerError(form, reason);
      return;
    }
    form.reset(blank);
    announce("Your password is changed");
    await refresh(queryClient, "sessions");
  }

  return (
    <Card title="Your password" description="Changing it signs you out everywhere but here.">
      <form
        noValidate
        onSubmit={form.handleSubmit(save)}
        aria-label="Change your password"
        className="flex max-w-md flex-col gap-5"
      >
        {errors.root?.server && <Notice tone="bad">{errors.root.server.message}</Notice>}
        <input type="hidden" value={email} autoComplete="username" readOnly />
        <Field label="Current password" error={errors.current_password?.message}>
          {(control) => (
            <Input
              {...control}
              {...form.register("current_password")}
              type="password"
              autoComplete="current-password"
            />
          )}
        </Field>
        <Field label="New password" error={errors.new_password?.message} help={passwordHelp}>
          {(control) => (
            <Input
              {...control}
              {...form.register("new_password")}
              type="password"
              autoComplete="new-password"
            />
          )}
        </Field>
        <div>
          <Button kind="primary" type="submit" isPending={isSubmitting}>
            Change password
          </Button>
        </div>
      </form>
    </Card>
  );
}
