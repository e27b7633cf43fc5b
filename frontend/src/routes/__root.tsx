import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, Link, Outlet, useRouter } from "@tanstack/react-router";
import { Announcer } from "@/components/Announcer";
import { ErrorState } from "@/components/ErrorState";

export const Route = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Root,
  notFoundComponent: NotFound,
  errorComponent: Failure,
});

function Root() {
  return (
    <>
      <Outlet />
      <Announcer />
    </>
  );
}

function NotFound() {
  return (
    <main className="mx-auto flex max-w-md flex-col items-center gap-3 px-6 py-24 text-center">
      <h1 className="text-xl font-semibold">There is no such page</h1>
      <p className="text-muted">The address may be mistyped, or what it led to was deleted.</p>
      <Link to="/" className="link">
        Go to the start
      </Link>
    </main>
  );
}

function Failure({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <main className="mx-auto max-w-md py-24">
      <h1 className="text-center text-xl font-semibold">This page could not be opened</h1>
      <ErrorState error={error} onRetry={() => router.invalidate()} />
    </main>
  );
}
