import { useQuery } from "@tanstack/react-query";
import { getMeOptions } from "@/client/@tanstack/react-query.gen";

/** Whether whoever is signed in may make and change calls; a viewer may only look. */
export function useMayOperate(): boolean {
  const { data } = useQuery({ ...getMeOptions(), staleTime: Number.POSITIVE_INFINITY });
  return data !== undefined && data.role !== "viewer";
}

/** Whether whoever is signed in may change everything. */
export function useIsAdmin(): boolean {
  const { data } = useQuery({ ...getMeOptions(), staleTime: Number.POSITIVE_INFINITY });
  return data?.role === "admin";
}
