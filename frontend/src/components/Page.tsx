import { Link, type LinkProps } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { type ReactNode, useEffect } from "react";

type PageProps = {
  title: string;
  description?: ReactNode;
  /** Beside the title: a badge that says how things stand. */
  status?: ReactNode;
  actions?: ReactNode;
  back?: { to: LinkProps["to"]; label: string };
  children: ReactNode;
};

/** The frame of a screen: its one heading, its main actions, and the document's title. */
export function Page({ title, description, status, actions, back, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Asisso`;
  }, [title]);

  return (
    <div className="mx-auto flex w-full max-w-6xl flex-col gap-5">
      <header className="flex flex-col gap-2">
        {back && (
          <Link
            to={back.to}
            className="link -ml-1 inline-flex min-h-6 items-center gap-1 self-start pr-1 text-xs"
          >
            <ChevronLeft aria-hidden className="size-3.5" />
            {back.label}
          </Link>
        )}
        <div className="flex flex-wrap items-start justify-between gap-3">
          <div className="min-w-0">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
              <h1 className="text-xl font-semibold tracking-tight wrap-anywhere sm:text-2xl">{title}</h1>
              {status}
            </div>
            {description && <div className="mt-1 max-w-3xl text-pretty text-muted">{description}</div>}
          </div>
          {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
        </div>
      </header>
      {children}
    </div>
  );
}
