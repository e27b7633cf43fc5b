import { useQueryClient } from "@tanstack/react-query";
import { updateUser } from "@/client/sdk.gen";
import type { MemberOut, Role } from "@/client/types.gen";
import { Select } from "@/components/ui/inputs";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { roleChoices, roles } from "@/lib/roles";
import { useSavedValue } from "@/lib/useSavedValue";

/** What a person may do, changed in place. */
export function MemberRole({ row }: { row: MemberOut }) {
  const queryClient = useQueryClient();
  const role = useSavedValue<Role>(row.role, async (value) => {
    await updateUser({ path: { user_id: row.id }, body: { role: value } });
    await refresh(queryClient, "users", "auth");
    announce(`${row.email} is now ${roles[value].name.toLowerCase()}`);
  });
  return (
    <Select
      aria-label={`Role of ${row.email}`}
      className="max-w-44"
      value={role.value}
      aria-busy={role.isSaving}
      onChange={(event) => role.change(event.target.value as Role)}
    >
      {roleChoices.map(([value, { name }]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </Select>
  );
}
