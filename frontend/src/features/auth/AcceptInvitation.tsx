import { zodResolver } from "@hookform/resolvers/zod";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { acceptInvitation } from "@/client/sdk.gen";
import type { InvitationOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { Input } from "@/components/ui/inputs";
import { Notice } from "@/components/ui/Notice";
import { showServerError } from "@/lib/formErrors";
import { chosenPassword, passwordHelp } from "./passwords";

const schema = z.object({ password: chosenPassword });

type AcceptInvitationProps = {
  token: string;
  invitation: InvitationOut;
  onSignedIn: () => Promise<unknown>;
};

/** Chooses the password of an invited person, who is signed in right after. */
export function AcceptInvitation({ token, invitation, onSignedIn }: AcceptInvitationProps) {
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { password: "" },
    mode: "onTouched",
  });
  const { errors, isSubmitting } = form.formState;

  async function join({ password }: z.infer<typeof schema>) {
    try {
      await acceptInvitation({ body: { token, password } });
    } catch (reason) {
      showServerError(form, reason);
      return;
    }
    await onSignedIn();
  }

  return (
    <form noValidate onSubmit={form.handleSubmit(join)} className="flex flex-col gap-4">
      {errors.root?.server && <Notice tone="bad">{errors.root.server.message}</Notice>}
      <Field label="Email">
        {(control) => (
          <Input
            {...control}
            value={invitation.email}
            readOnly
            autoComplete="username"
            className="bg-sunken!"
          />
        )}
      </Field>
      <Field label="Choose a password" error={errors.password?.message} help={passwordHelp}>
        {(control) => (
          <Input {...control} {...form.register("password")} type="password" autoComplete="new-password" />
        )}
      </Field>
      <Button kind="primary" type="submit" isPending={isSubmitting}>
        {invitation.is_new ? "Join" : "Save password and sign in"}
      </Button>
    </form>
  );
}
