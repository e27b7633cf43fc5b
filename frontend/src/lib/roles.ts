import type { Role } from "@/client/types.gen";

/** What a person or a key may do, in words. */
export const roles: Record<Role, { name: string; label: string }> = {
  viewer: { name: "Viewer", label: "Viewer: reads only" },
  operator: { name: "Operator", label: "Operator: runs calls, edits workflows and numbers" },
  admin: { name: "Administrator", label: "Administrator: everything" },
};

export const roleChoices = Object.entries(roles) as [Role, { name: string; label: string }][];
