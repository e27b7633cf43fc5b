import { useQuery } from "@tanstack/react-query";
import { getMeOptions } from "@/client/@tanstack/react-query.gen";
import type { Role } from "@/client/types.gen";

const order: readonly Role[] = ["viewer", "operator", "admin"];

/** Whether whoever is signed in holds a role, or one that includes it; the server decides again in any case. */
export function useHasRole(role: Role): boolean {
  const { data } = useQuery({ ...getMeOptions(), staleTime: Number.POSITIVE_INFINITY });
  return data !== undefined && order.indexOf(data.role) >= order.indexOf(role);
}

/** Makes and changes calls, workflows and numbers; a viewer may only look. */
export const useMayOperate = () => useHasRole("operator");

/** Everything: people, keys, PBXs and the organization. */
export const useMayAdminister = () => useHasRole("admin");
