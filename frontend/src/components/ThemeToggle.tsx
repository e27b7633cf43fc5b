import { Monitor, Moon, Sun } from "lucide-react";
import { Button } from "@/components/ui/Button";
import { announce } from "@/lib/announcements";
import { setTheme, type Theme, useTheme } from "@/lib/theme";

const themes = {
  system: { icon: Monitor, label: "as the device", next: "light" },
  light: { icon: Sun, label: "light", next: "dark" },
  dark: { icon: Moon, label: "dark", next: "system" },
} as const satisfies Record<Theme, { icon: typeof Sun; label: string; next: Theme }>;

/** Steps through device, light and dark. */
export function ThemeToggle() {
  const theme = useTheme();
  const { icon: Icon, label, next } = themes[theme];

  function change() {
    setTheme(next);
    announce(`Colours: ${themes[next].label}`);
  }

  const description = `Colours: ${label}. Change to ${themes[next].label}`;
  return (
    <Button kind="ghost" onClick={change} aria-label={description} title={description} className="px-2.5!">
      <Icon aria-hidden className="size-4" />
    </Button>
  );
}
