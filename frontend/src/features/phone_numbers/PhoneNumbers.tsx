import { useQuery } from "@tanstack/react-query";
import { listPhoneNumbersOptions } from "@/client/@tanstack/react-query.gen";
import { ForRole } from "@/components/ForRole";
import { QueryView } from "@/components/QueryView";
import { Card } from "@/components/ui/Card";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { AddPhoneNumber } from "./AddPhoneNumber";
import { PhoneNumberTable } from "./PhoneNumberTable";

const MOST_SHOWN = 200;

/** The addresses of one PBX that agents answer, and the workflow behind each. */
export function PhoneNumbers({ configurationId }: { configurationId: string }) {
  const query = useQuery(
    listPhoneNumbersOptions({ path: { configuration_id: configurationId }, query: { limit: MOST_SHOWN } }),
  );
  return (
    <Card
      isFlush
      title="Phone numbers"
      description="Each extension your dialplan sends to the application, and the workflow that answers it. Outbound calls show the default caller ID."
    >
      <ForRole isFlush least="operator">
        <QueryView query={query} skeleton={<SkeletonRows rows={2} />}>
          {({ items }) =>
            items.length > 0 ? (
              <PhoneNumberTable rows={items} />
            ) : (
              <p className="px-4 py-6 text-muted sm:px-5">
                No numbers yet: every call is refused. Add the extension people dial, such as 8000.
              </p>
            )
          }
        </QueryView>
        <div className="border-t border-line p-4 sm:p-5">
          <AddPhoneNumber configurationId={configurationId} />
        </div>
      </ForRole>
    </Card>
  );
}
