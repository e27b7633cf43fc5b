import type { InvitedUser } from "@/client/types.gen";
import { RelativeTime } from "@/components/RelativeTime";
import { CopyButton } from "@/components/ui/CopyButton";
import { Notice } from "@/components/ui/Notice";

/** A link that is shown this once. Nothing is mailed, so it says what to do with it. */
export function InvitationLink({ invited }: { invited: InvitedUser }) {
  return (
    <Notice tone="info">
      <p className="font-medium">Give this link to {invited.email}. It is shown only now.</p>
      <p className="mt-1">
        Whoever opens it chooses the password of this account. It works once
        {invited.invitation_expires_at && (
          <>
            {" "}
            and expires <RelativeTime at={invited.invitation_expires_at} />
          </>
        )}
        .
      </p>
      <div className="mt-2 flex flex-wrap items-center gap-2">
        <code className="rounded-md bg-surface px-2 py-1.5 font-mono text-xs text-ink wrap-anywhere">
          {invited.invitation_url}
        </code>
        <CopyButton text={invited.invitation_url} what="the invitation link" />
      </div>
    </Notice>
  );
}
