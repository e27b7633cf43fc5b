import type { RunEventOut } from "@/client/types.gen";
import { formatOffset, plural } from "@/lib/format";
import { factsOfEvent, titleOfEvent } from "./timelineWords";

/** Everything that happened in a call, in order, folded away until someone looks for a cause. */
export function TimelineTable({ events }: { events: readonly RunEventOut[] }) {
  if (events.length === 0) return <p className="text-muted">No events were recorded.</p>;
  return (
    <details>
      <summary className="link min-h-6 w-fit">{plural(events.length, "event")}</summary>
      <div className="mt-3 overflow-hidden rounded-lg border border-line">
        <table className="w-full text-left text-xs max-sm:block">
          <caption className="sr-only">Events of the call</caption>
          <thead className="bg-sunken text-muted max-sm:sr-only">
            <tr>
              <th scope="col" className="px-3 py-2 font-medium">
                At
              </th>
              <th scope="col" className="px-3 py-2 font-medium">
                Event
              </th>
              <th scope="col" className="px-3 py-2 font-medium">
                Detail
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line max-sm:block">
            {events.map((event, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: events are only ever appended and have no id
              <tr key={index} className="align-top max-sm:grid max-sm:grid-cols-[5rem_1fr] max-sm:py-1">
                <td className="px-3 py-2 whitespace-nowrap tabular-nums max-sm:py-1">
                  {formatOffset(event.at_ms)}
                </td>
                <td className="px-3 py-2 font-medium wrap-anywhere max-sm:py-1 sm:w-56">
                  {titleOfEvent(event)}
                </td>
                <td className="px-3 py-2 max-sm:col-start-2 max-sm:py-1">
                  <EventFacts event={event} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function EventFacts({ event }: { event: RunEventOut }) {
  const facts = factsOfEvent(event);
  if (facts.length === 0) return <span className="text-muted">–</span>;
  return (
    <dl className="flex flex-wrap gap-x-4 gap-y-0.5">
      {facts.map(([name, value]) => (
        <div key={name} className="flex gap-1.5">
          <dt className="text-muted">{name}</dt>
          <dd className="font-mono wrap-anywhere">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
