import { type ReactNode, useEffect } from "react";
import { Brand } from "@/components/Brand";

/** The frame of the screens before signing in. */
export function AuthPage({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Asisso`;
  }, [title]);

  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center gap-6 px-4 py-10">
      <Brand />
      <div className="rounded-xl border border-line bg-surface p-5 shadow-xs sm:p-7">
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        <p className="mt-1 mb-6 text-muted">{lead}</p>
        {children}
      </div>
    </main>
  );
}
