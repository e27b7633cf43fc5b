import { LoaderCircle } from "lucide-react";

/** Stands where the result will be while the checks run. */
export function Checking() {
  return (
    <div aria-busy="true" className="flex items-start gap-2 rounded-lg bg-info-soft px-3 py-2.5 text-info">
      <LoaderCircle aria-hidden className="mt-0.5 size-4 shrink-0 animate-spin" />
      <p>
        Checking the connection, from the address to the audio. A PBX that does not answer takes up to 15
        seconds.
      </p>
    </div>
  );
}
