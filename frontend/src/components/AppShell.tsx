import { Link } from "@tanstack/react-router";
import { History, PhoneCall, Server, Settings, Workflow } from "lucide-react";
import type { ReactNode } from "react";
import { useLiveStatus } from "@/lib/liveStatus";
import { Brand } from "./Brand";
import { LiveNotice } from "./LiveNotice";
import { ThemeToggle } from "./ThemeToggle";

const sections = [
  { to: "/telephony-configurations", label: "Telephony", icon: Server },
  { to: "/workflows", label: "Workflows", icon: Workflow },
  { to: "/calls", label: "Live calls", icon: PhoneCall },
  { to: "/runs", label: "Runs", icon: History },
  { to: "/settings", label: "Settings", icon: Settings },
] as const;

/** The sections of the product: at the left on a wide screen, within reach of the thumb on a narrow one. */
function MainNavigation() {
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-30 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:static md:w-52 md:shrink-0 md:border-t-0 md:bg-transparent"
    >
      <ul className="flex md:sticky md:top-20 md:flex-col md:gap-1">
        {sections.map(({ to, label, icon: Icon }) => (
          <li key={to} className="flex-1">
            <Link
              to={to}
              className="flex flex-col items-center gap-0.5 px-1 py-2 text-[0.6875rem] font-medium text-muted hover:text-ink md:flex-row md:gap-2.5 md:rounded-lg md:px-3 md:text-sm md:hover:bg-sunken"
              activeProps={{ className: "text-link! md:bg-sunken md:text-ink!" }}
            >
              <Icon aria-hidden className="size-5 md:size-4" />
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Everything around a signed-in screen. */
export function AppShell({ account, children }: { account: ReactNode; children: ReactNode }) {
  const isOld = useLiveStatus() === "reconnecting";
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-lg focus:bg-surface focus:px-3 focus:py-2"
      >
        Skip to content
      </a>
      <header className="sticky top-0 z-20 border-b border-line bg-surface">
        <div className="mx-auto flex h-14 max-w-7xl items-center justify-between gap-3 px-4 sm:px-6">
          <Link to="/" aria-label="Asisso, home" className="rounded-lg">
            <Brand />
          </Link>
          <div className="flex min-w-0 items-center gap-1">
            <ThemeToggle />
            {account}
          </div>
        </div>
        <LiveNotice />
      </header>
      <div className="mx-auto flex w-full max-w-7xl flex-1 gap-8 px-4 pt-6 pb-24 sm:px-6 md:pb-12">
        <MainNavigation />
        <main id="main" tabIndex={-1} className={`min-w-0 flex-1 outline-none ${isOld ? "opacity-60" : ""}`}>
          {children}
        </main>
      </div>
    </div>
  );
}
