import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import { ChevronRight, Server } from "lucide-react";
import { z } from "zod";
import {
  createTelephonyConfigurationMutation,
  listTelephonyProvidersOptions,
} from "@/client/@tanstack/react-query.gen";
import type { NewTelephonyConfiguration, TelephonyProviderOut } from "@/client/types.gen";
import { RoleNote } from "@/components/ForRole";
import { Page } from "@/components/Page";
import { QueryView } from "@/components/QueryView";
import { buttonClass } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { ConfigurationForm } from "@/features/telephony_configurations/ConfigurationForm";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { useMayAdminister } from "@/lib/permissions";

export const Route = createFileRoute("/_signedIn/telephony-configurations/new")({
  validateSearch: z.object({ provider: z.string().optional() }),
  component: NewConfigurationPage,
});

function NewConfigurationPage() {
  const search = Route.useSearch();
  const mayAdminister = useMayAdminister();
  const providers = useQuery({ ...listTelephonyProvidersOptions(), staleTime: Number.POSITIVE_INFINITY });
  return (
    <Page
      title="Add configuration"
      description="Connect an Asterisk PBX. Nothing changes on it until you apply the files shown after saving."
      back={{ to: "/telephony-configurations", label: "Telephony" }}
    >
      <QueryView query={providers} skeleton={<SkeletonRows />}>
        {({ items }) => {
          const chosen = items.find((item) => item.provider === search.provider);
          if (!mayAdminister) {
            return (
              <Card>
                <RoleNote>Only administrators connect PBXs.</RoleNote>
              </Card>
            );
          }
          return chosen ? <NewConfiguration provider={chosen} /> : <ProviderChoice providers={items} />;
        }}
      </QueryView>
    </Page>
  );
}

function ProviderChoice({ providers }: { providers: readonly TelephonyProviderOut[] }) {
  const navigate = useNavigate();
  return (
    <Card title="Provider" description="What kind of telephone system do you connect?">
      <ul className="grid gap-3 sm:grid-cols-2">
        {providers.map(({ provider, name, description }) => (
          <li key={provider}>
            <div className="relative flex items-center gap-3 rounded-xl border border-line-strong p-4 hover:bg-sunken">
              <Server aria-hidden className="size-5 shrink-0 text-muted" />
              <div className="min-w-0 flex-1">
                <button
                  type="button"
                  onClick={() => navigate({ to: "/telephony-configurations/new", search: { provider } })}
                  className="rounded-xs text-left font-semibold after:absolute after:inset-0"
                >
                  {name}
                </button>
                <p className="text-pretty text-muted">{description}</p>
              </div>
              <ChevronRight aria-hidden className="size-4 shrink-0 text-muted" />
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function NewConfiguration({ provider }: { provider: TelephonyProviderOut }) {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const create = useMutation(createTelephonyConfigurationMutation());

  async function save(payload: Record<string, unknown>) {
    const body = { ...payload, provider: provider.provider } as NewTelephonyConfiguration;
    const created = await create.mutateAsync({ body });
    announce(`Saved ${created.name}`);
    await refresh(queryClient, "telephony-configurations");
    await navigate({
      to: "/telephony-configurations/$configurationId",
      params: { configurationId: created.id },
    });
    return created;
  }

  return (
    <Card title={provider.name} description="Use the values from the files on your PBX.">
      <ConfigurationForm
        fields={provider.fields}
        onSave={save}
        secondary={
          <Link to="/telephony-configurations" className={buttonClass("ghost")}>
            Cancel
          </Link>
        }
      />
    </Card>
  );
}
