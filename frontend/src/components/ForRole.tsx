import { Lock } from "lucide-react";
import type { ReactNode } from "react";
import type { Role } from "@/client/types.gen";
import { useHasRole } from "@/lib/permissions";

const reasons: Record<Role, string> = {
  viewer: "Sign in to use this.",
  operator: "You may look but not change anything here: that needs the role operator or administrator.",
  admin: "You may look but not change anything here: that needs the role administrator.",
};

type ForRoleProps = {
  least: Role;
  /** Inside a card without padding of its own. */
  isFlush?: boolean;
  children: ReactNode;
};

/** Everybody sees what is inside; whoever may not use it finds it switched off, and reads why. */
export function ForRole({ least, isFlush = false, children }: ForRoleProps) {
  if (useHasRole(least)) return children;
  return (
    <>
      <div className={isFlush ? "px-4 py-3 sm:px-5" : "mb-5"}>
        <RoleNote>{reasons[least]}</RoleNote>
      </div>
      <fieldset disabled className="contents">
        {children}
      </fieldset>
    </>
  );
}

/** Why something is not here or does nothing. */
export function RoleNote({ children }: { children: ReactNode }) {
  return (
    <p className="flex items-start gap-2 text-muted">
      <Lock aria-hidden className="mt-0.5 size-4 shrink-0" />
      {children}
    </p>
  );
}
