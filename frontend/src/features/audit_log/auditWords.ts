import type { AuditAction, AuditChange, AuditEntryOut } from "@/client/types.gen";

export const actionNames: Record<AuditAction, string> = {
  created: "Created",
  changed: "Changed",
  deleted: "Deleted",
  signed_in: "Signed in",
  sign_in_failed: "Failed to sign in",
  call_started: "Started a call",
  call_hung_up: "Hung a call up",
  call_transferred: "Transferred a call",
  secrets_read: "Read files with passwords",
};

/** `telephony_configuration` is "telephony configuration". */
export const spaced = (name: string) => name.replaceAll("_", " ");

/** Who did it, as a person says it. */
export function actorOf(entry: AuditEntryOut): string {
  if (entry.actor_kind === "api_key") return `API key ${entry.actor_name}`;
  if (entry.actor_name) return entry.actor_name;
  return entry.actor_kind === "server" ? "The server" : "Somebody";
}

/** To what it was done: "phone number 8000". */
export function objectOf(entry: AuditEntryOut): string {
  return `${spaced(entry.object_kind)} ${entry.object_name}`.trim();
}

/** "is enabled: yes → no"; what was hidden is only said to have changed. */
export function changeText({ field, before, after, is_hidden }: AuditChange): string {
  const name = spaced(field);
  if (is_hidden) return `${name} changed`;
  if (before === null) return `${name}: ${after ?? "nothing"}`;
  return `${name}: ${before || "nothing"} → ${after || "nothing"}`;
}
