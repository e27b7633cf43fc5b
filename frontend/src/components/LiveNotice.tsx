import { LoaderCircle } from "lucide-react";
import { useLiveStatus } from "@/lib/liveStatus";

/** Says that what is shown may be out of date. Read out by the announcer, so it is quiet itself. */
export function LiveNotice() {
  if (useLiveStatus() !== "reconnecting") return null;
  return (
    <p className="mr-1 inline-flex items-center gap-1.5 rounded-full bg-warn-soft px-2.5 py-1 text-xs font-medium whitespace-nowrap text-warn">
      <LoaderCircle aria-hidden className="size-3.5 motion-safe:animate-spin" />
      Reconnecting…
    </p>
  );
}
