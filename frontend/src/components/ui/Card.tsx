import { type ReactNode, useId } from "react";

type CardProps = {
  title?: string;
  description?: ReactNode;
  actions?: ReactNode;
  /** Without padding, for tables that reach the edges. */
  isFlush?: boolean;
  children: ReactNode;
};

/** A titled section of a page; a landmark named by its heading. */
export function Card({ title, description, actions, isFlush = false, children }: CardProps) {
  const headingId = useId();
  return (
    <section
      aria-labelledby={title ? headingId : undefined}
      className="min-w-0 rounded-xl border border-line bg-surface shadow-xs"
    >
      {title && (
        <header className="flex flex-wrap items-start justify-between gap-3 border-b border-line px-4 py-3.5 sm:px-5">
          <div className="min-w-0">
            <h2 id={headingId} className="text-base font-semibold">
              {title}
            </h2>
            {description && <p className="mt-0.5 max-w-3xl text-pretty text-muted">{description}</p>}
          </div>
          {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
      )}
      <div className={isFlush ? "" : "p-4 sm:p-5"}>{children}</div>
    </section>
  );
}
