import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CirclePause, Mail } from "lucide-react";
import { useState } from "react";
import { getMeOptions, listUsersOptions } from "@/client/@tanstack/react-query.gen";
import type { InvitedUser, MemberOut, UserState } from "@/client/types.gen";
import { QueryView } from "@/components/QueryView";
import { RelativeTime } from "@/components/RelativeTime";
import { Badge, type Tone } from "@/components/ui/Badge";
import { Card } from "@/components/ui/Card";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { Table } from "@/components/ui/Table";
import { InvitationLink } from "./InvitationLink";
import { InviteMember } from "./InviteMember";
import { MemberActions } from "./MemberActions";
import { MemberRole } from "./MemberRole";

const MOST_SHOWN = 200;

const states: Record<UserState, { tone: Tone; icon: typeof Mail; label: string }> = {
  active: { tone: "ok", icon: CircleCheck, label: "Active" },
  invited: { tone: "info", icon: Mail, label: "Invited" },
  disabled: { tone: "idle", icon: CirclePause, label: "Disabled" },
};

/** The people of the organization: who they are, what they may do, and how more of them get in. */
export function Members() {
  const query = useQuery(listUsersOptions({ query: { limit: MOST_SHOWN } }));
  const [invited, setInvited] = useState<InvitedUser | null>(null);
  return (
    <Card isFlush title="Members" description="People who sign in. Each has one role.">
      <QueryView query={query} skeleton={<SkeletonRows rows={2} />}>
        {({ items }) => <MemberTable rows={items} onInvited={setInvited} />}
      </QueryView>
      <div className="flex flex-col gap-4 border-t border-line p-4 sm:p-5">
        {invited && <InvitationLink invited={invited} />}
        <InviteMember onInvited={setInvited} />
      </div>
    </Card>
  );
}

type MemberTableProps = { rows: readonly MemberOut[]; onInvited: (invited: InvitedUser) => void };

function MemberTable({ rows, onInvited }: MemberTableProps) {
  const me = useQuery({ ...getMeOptions(), staleTime: Number.POSITIVE_INFINITY });
  return (
    <Table
      caption="Members"
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        {
          header: "Email",
          isTitle: true,
          cell: (row) => (
            <span className="font-medium wrap-anywhere">
              {row.email}
              {row.id === me.data?.user?.id && <span className="font-normal text-muted"> (you)</span>}
            </span>
          ),
        },
        { header: "Role", cell: (row) => <MemberRole row={row} /> },
        { header: "State", cell: (row) => <StateBadge state={row.state} /> },
        {
          header: "Last signed in",
          cell: (row) => (row.last_signed_in_at ? <RelativeTime at={row.last_signed_in_at} /> : "never"),
        },
        {
          header: "Actions",
          isActions: true,
          cell: (row) => <MemberActions row={row} onInvited={onInvited} />,
        },
      ]}
    />
  );
}

function StateBadge({ state }: { state: UserState }) {
  const { tone, icon, label } = states[state];
  return (
    <Badge tone={tone} icon={icon}>
      {label}
    </Badge>
  );
}
