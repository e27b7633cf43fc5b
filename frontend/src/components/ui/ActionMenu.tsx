import { Menu } from "@base-ui/react/menu";
import { Ellipsis, type LucideIcon } from "lucide-react";
import type { Ref } from "react";
import { buttonClass } from "./Button";

type Action = { label: string; icon: LucideIcon; onSelect: () => void };

type ActionMenuProps = {
  /** Names the button for those who can't see which row it stands in. */
  label: string;
  actions: readonly Action[];
  triggerRef?: Ref<HTMLButtonElement>;
};

/** What else can be done, behind one button. */
export function ActionMenu({ label, actions, triggerRef }: ActionMenuProps) {
  return (
    <Menu.Root>
      <Menu.Trigger
        ref={triggerRef}
        aria-label={label}
        title="More"
        className={`${buttonClass("secondary", "small")} px-2!`}
      >
        <Ellipsis aria-hidden className="size-4" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={4} className="z-30">
          <Menu.Popup className="min-w-40 rounded-lg border border-line bg-surface p-1 shadow-xl outline-none">
            {actions.map(({ label: action, icon: Icon, onSelect }) => (
              <Menu.Item
                key={action}
                onClick={onSelect}
                className="flex min-h-9 cursor-pointer items-center gap-2 rounded-md px-3 outline-none select-none data-highlighted:bg-sunken"
              >
                <Icon aria-hidden className="size-4 text-muted" />
                {action}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
