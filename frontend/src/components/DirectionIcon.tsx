import { PhoneIncoming, PhoneOutgoing } from "lucide-react";
import type { Direction } from "@/client/types.gen";

/** Stands before the other party's number: whether it called us or we called it. */
export function DirectionIcon({ direction }: { direction: Direction }) {
  const Icon = direction === "inbound" ? PhoneIncoming : PhoneOutgoing;
  const words = direction === "inbound" ? "Inbound" : "Outbound";
  return (
    <span title={words} className="inline-flex shrink-0">
      <Icon aria-hidden className="size-4 text-muted" />
      <span className="sr-only">{`${words} `}</span>
    </span>
  );
}
