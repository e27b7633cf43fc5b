import { Tabs as Parts } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

export type Tab<Name extends string> = { name: Name; label: ReactNode; content: ReactNode };

type TabsProps<Name extends string> = {
  label: string;
  tabs: readonly Tab<Name>[];
  current: Name;
  onChange: (name: Name) => void;
};

/** Parts of a page of which one is looked at; arrow keys go from one to the next. */
export function Tabs<Name extends string>({ label, tabs, current, onChange }: TabsProps<Name>) {
  return (
    <Parts.Root
      value={current}
      onValueChange={(name) => onChange(name as Name)}
      className="flex min-w-0 flex-col gap-5"
    >
      <Parts.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line p-1 pb-0">
        {tabs.map((tab) => (
          <Parts.Tab
            key={tab.name}
            value={tab.name}
            className="-mb-px inline-flex min-h-10 items-center gap-2 border-b-2 border-transparent px-3 font-medium whitespace-nowrap text-muted hover:text-ink data-active:border-primary data-active:text-ink"
          >
            {tab.label}
          </Parts.Tab>
        ))}
      </Parts.List>
      {tabs.map((tab) => (
        <Parts.Panel key={tab.name} value={tab.name} className="flex min-w-0 flex-col gap-5">
          {tab.content}
        </Parts.Panel>
      ))}
    </Parts.Root>
  );
}
