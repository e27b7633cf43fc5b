import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRouter, RouterProvider } from "@tanstack/react-router";
import { type RenderResult, render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactElement } from "react";
import { Announcer } from "@/components/Announcer";
import { createQueryClient } from "@/lib/queryClient";
import { routeTree } from "@/routeTree.gen";

/** Whoever sits at the screen: types and clicks without pauses. */
export const person = userEvent.setup({ delay: null });

/** Renders one component with a cache of its own. */
export function renderAlone(element: ReactElement): RenderResult {
  return render(
    <QueryClientProvider client={createQueryClient()}>
      {element}
      <Announcer />
    </QueryClientProvider>,
  );
}

/** Opens the whole app at `path`; answers with where it went. */
export function renderApp(path: string): { location: () => string } {
  const queryClient = createQueryClient();
  const router = createRouter({
    routeTree,
    context: { queryClient },
    history: createMemoryHistory({ initialEntries: [path] }),
  });
  render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  return { location: () => router.state.location.href };
}
