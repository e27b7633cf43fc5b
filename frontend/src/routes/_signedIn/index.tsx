import { createFileRoute, redirect } from "@tanstack/react-router";
import { listTelephonyConfigurationsOptions } from "@/client/@tanstack/react-query.gen";

/** Without a PBX there is only one thing to do; with one, the running calls matter most. */
export const Route = createFileRoute("/_signedIn/")({
  beforeLoad: async ({ context }) => {
    const { items } = await context.queryClient.ensureQueryData(listTelephonyConfigurationsOptions());
    throw redirect({ to: items.length === 0 ? "/telephony-configurations" : "/calls" });
  },
});
