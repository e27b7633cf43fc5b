import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { getAsteriskConfigOptions } from "@/client/@tanstack/react-query.gen";
import type { ConfigFileOut, PbxSystem } from "@/client/types.gen";
import { RoleNote } from "@/components/ForRole";
import { QueryView } from "@/components/QueryView";
import { Card } from "@/components/ui/Card";
import { CopyButton } from "@/components/ui/CopyButton";
import { Select } from "@/components/ui/inputs";
import { SkeletonRows } from "@/components/ui/Skeleton";
import { useMayAdminister } from "@/lib/permissions";

const TITLE = "Asterisk configuration";

/** The files this configuration needs on the PBX; they hold passwords, so only administrators see them. */
export function AsteriskFiles({ configurationId }: { configurationId: string }) {
  if (useMayAdminister()) return <Files configurationId={configurationId} />;
  return (
    <Card title={TITLE}>
      <RoleNote>The files for the PBX hold passwords; only administrators see them.</RoleNote>
    </Card>
  );
}

function Files({ configurationId }: { configurationId: string }) {
  const [system, setSystem] = useState<PbxSystem>("asterisk");
  const query = useQuery({
    ...getAsteriskConfigOptions({ path: { configuration_id: configurationId }, query: { system } }),
    placeholderData: keepPreviousData,
  });
  return (
    <Card
      title={TITLE}
      description="Put these into the files of your PBX. They are filled in with this configuration's values and hold secrets."
      actions={
        <Select
          aria-label="Whose files"
          value={system}
          onChange={(event) => setSystem(event.target.value as PbxSystem)}
          className="w-auto!"
        >
          <option value="asterisk">Asterisk</option>
          <option value="freepbx">FreePBX</option>
        </Select>
      }
    >
      <QueryView query={query} skeleton={<SkeletonRows />}>
        {({ files }) => (
          <div className="flex flex-col gap-3">
            {files.map((file) => (
              <AsteriskFile key={file.path} file={file} />
            ))}
          </div>
        )}
      </QueryView>
    </Card>
  );
}

function AsteriskFile({ file }: { file: ConfigFileOut }) {
  const name = file.path.split("/").at(-1) ?? file.path;
  return (
    <details className="rounded-lg border border-line">
      <summary className="rounded-lg px-4 py-3">
        <span className="font-mono font-medium">{name}</span>
        <span className="mt-0.5 block text-muted sm:mt-0 sm:ml-3 sm:inline">{file.purpose}</span>
      </summary>
      <div className="flex flex-col gap-3 border-t border-line p-4">
        <div className="flex flex-wrap items-center justify-between gap-2">
          <code className="text-xs wrap-anywhere text-muted">{file.path}</code>
          <CopyButton text={file.content} what={name} />
        </div>
        <section
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
          aria-label={`Content of ${name}`}
          className="overflow-x-auto rounded-lg bg-sunken p-4"
        >
          <pre className="font-mono text-xs leading-relaxed">{file.content}</pre>
        </section>
        <p className="text-muted">
          Then run{" "}
          <code className="rounded-sm bg-sunken px-1.5 py-0.5 font-mono text-xs text-ink">{file.apply}</code>
        </p>
      </div>
    </details>
  );
}
