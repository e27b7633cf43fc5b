import { useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { listWorkflowVersionsOptions } from "@/client/@tanstack/react-query.gen";
import type { WorkflowOut, WorkflowVersionOut } from "@/client/types.gen";
import { QueryView } from "@/components/QueryView";
import { RelativeTime } from "@/components/RelativeTime";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { Table } from "@/components/ui/Table";
import { useMayOperate } from "@/lib/permissions";
import { kindOf, labelOfKind } from "./agentKinds";
import type { Draft } from "./useDraft";

const MOST_SHOWN = 100;

/** What was published and when, which of it calls run, and publishing the draft. */
export function Versions({ workflow, draft }: { workflow: WorkflowOut; draft: Draft }) {
  const mayOperate = useMayOperate();
  const query = useQuery(
    listWorkflowVersionsOptions({ path: { workflow_id: workflow.id }, query: { limit: MOST_SHOWN } }),
  );
  return (
    <Card
      title="Versions"
      description="What was published. Calls run the newest one; calls under way keep the one they began with."
      isFlush
    >
      <QueryView query={query} skeleton={<SkeletonRows />}>
        {({ items }) => (
          <Table
            caption="Versions"
            rows={items}
            rowKey={({ version }) => String(version)}
            columns={[
              {
                header: "Version",
                isTitle: true,
                cell: ({ version }) => (
                  <span className="flex items-center gap-2 font-medium">
                    {version}
                    {version === workflow.published_version && (
                      <Badge tone="ok" icon={CircleCheck}>
                        calls run it
                      </Badge>
                    )}
                  </span>
                ),
              },
              { header: "Agent", cell: ({ agent }) => labelOfKind(kindOf(agent)) },
              { header: "Steps", isNumeric: true, cell: ({ definition }) => definition.nodes.length },
              { header: "Published", cell: ({ created_at }) => <RelativeTime at={created_at} /> },
              {
                header: "Actions",
                isActions: true,
                cell: (version) =>
                  mayOperate && (
                    <BringBack version={version} onBack={() => draft.change(version.definition)} />
                  ),
              },
            ]}
          />
        )}
      </QueryView>
    </Card>
  );
}

/** Makes an earlier conversation the draft again; nothing is saved by it. */
function BringBack({ version, onBack }: { version: WorkflowVersionOut; onBack: () => void }) {
  return (
    <Button
      size="small"
      onClick={onBack}
      aria-label={`Bring back the conversation of version ${version.version}`}
    >
      Bring back
    </Button>
  );
}
