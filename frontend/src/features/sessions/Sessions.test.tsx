import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { SessionOut } from "@/client/types.gen";
import { api, page } from "@/testing/api";
import { person, renderAlone } from "@/testing/render";
import { server } from "@/testing/server";
import { Sessions } from "./Sessions";

const here: SessionOut = {
  id: "s1",
  signed_in_at: "2026-01-02T03:04:05Z",
  last_seen_at: "2026-01-02T03:04:05Z",
  expires_at: "2026-01-16T03:04:05Z",
  address: "192.0.2.7",
  user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  is_current: true,
};
const there = { ...here, id: "s2", is_current: false, address: "192.0.2.8", user_agent: "curl/8.5.0" };

let open: SessionOut[] = [];

beforeEach(() => {
  open = [here, there];
  server.use(http.get(api("/sessions"), () => page(open)));
});

test("the own session is marked and can't be ended by mistake", async () => {
  renderAlone(<Sessions />);
  const own = await screen.findByRole("row", { name: /Firefox on Linux\s*\(this one\)/ });
  expect(within(own).queryByRole("button")).not.toBeInTheDocument();
});

test("another session is ended", async () => {
  server.use(
    http.delete(api("/sessions/s2"), () => {
      open = [here];
      return new HttpResponse(null, { status: 204 });
    }),
  );
  renderAlone(<Sessions />);
  await person.click(await screen.findByRole("button", { name: /^Sign out curl\/8.5.0/ }));
  await waitFor(() => expect(screen.queryByText("curl/8.5.0")).not.toBeInTheDocument());
  expect(screen.queryByRole("button", { name: "Sign out everywhere else" })).not.toBeInTheDocument();
});

test("all others are ended at once", async () => {
  server.use(
    http.delete(api("/sessions"), () => {
      open = [here];
      return new HttpResponse(null, { status: 204 });
    }),
  );
  renderAlone(<Sessions />);
  await person.click(await screen.findByRole("button", { name: "Sign out everywhere else" }));
  await waitFor(() => expect(screen.queryByText("curl/8.5.0")).not.toBeInTheDocument());
});
