import type { Role } from "@/client/types.gen";

/** What a key may do, in words. */
export const roles: Record<Role, { label: string }> = {
  viewer: { label: "Viewer: reads only" },
  operator: { label: "Operator: runs calls, edits workflows and numbers" },
  admin: { label: "Administrator: everything" },
};
