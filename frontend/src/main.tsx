import "@/lib/zodConfig";
import { QueryClientProvider } from "@tanstack/react-query";
import { createRouter, RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { configureClient } from "@/lib/api";
import { createQueryClient } from "@/lib/queryClient";
import { applyTheme } from "@/lib/theme";
import { routeTree } from "./routeTree.gen";
import "./styles.css";

applyTheme();
configureClient();

const queryClient = createQueryClient(() => {
  const { pathname, href } = router.state.location;
  if (pathname !== "/login" && pathname !== "/setup") {
    queryClient.clear();
    router.navigate({ to: "/login", search: { redirect: href } });
  }
});

const router = createRouter({
  routeTree,
  context: { queryClient },
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
