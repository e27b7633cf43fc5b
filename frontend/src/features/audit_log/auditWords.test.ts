import { expect, test } from "vitest";
import type { AuditEntryOut } from "@/client/types.gen";
import { actorOf, changeText, objectOf } from "./auditWords";

const entry: AuditEntryOut = {
  id: "a1",
  created_at: "2026-01-02T03:04:05Z",
  action: "changed",
  actor_kind: "user",
  actor_id: "u1",
  actor_name: "admin@example.com",
  address: "192.0.2.7",
  object_kind: "phone_number",
  object_id: "n1",
  object_name: "8000",
  changes: [],
};

test("people, keys and the server are named", () => {
  expect(actorOf(entry)).toBe("admin@example.com");
  expect(actorOf({ ...entry, actor_kind: "api_key", actor_name: "CRM" })).toBe("API key CRM");
  expect(actorOf({ ...entry, actor_kind: "server", actor_name: "" })).toBe("The server");
  expect(actorOf({ ...entry, actor_name: "" })).toBe("Somebody");
  expect(objectOf(entry)).toBe("phone number 8000");
  expect(objectOf({ ...entry, object_kind: "call", object_name: "" })).toBe("call");
});

test("a change tells its values, a hidden one does not", () => {
  const change = { field: "is_enabled", before: "yes", after: "no", is_hidden: false };
  expect(changeText(change)).toBe("is enabled: yes → no");
  expect(changeText({ ...change, before: null })).toBe("is enabled: no");
  expect(changeText({ ...change, after: null })).toBe("is enabled: yes → nothing");
  expect(changeText({ field: "app_password", before: null, after: null, is_hidden: true })).toBe(
    "app password changed",
  );
});
