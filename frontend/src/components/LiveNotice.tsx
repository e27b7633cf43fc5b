import { LoaderCircle } from "lucide-react";
import { useLiveStatus } from "@/lib/liveStatus";

/** Says that what is shown may be out of date. Read out by the announcer, so it is quiet itself. */
export function LiveNotice() {
  if (useLiveStatus() !== "reconnecting") return null;
  return (
    <p className="absolute inset-x-0 top-full flex items-center justify-center gap-1.5 bg-warn-soft px-4 py-1 text-xs font-medium text-warn">
      <LoaderCircle aria-hidden className="size-3.5 motion-safe:animate-spin" />
      Reconnecting…
    </p>
  );
}
