import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { DiagnosticsOut } from "@/client/types.gen";
import { signedIn } from "@/testing/api";
import { person, renderAlone } from "@/testing/render";
import { healthy, ill } from "@/testing/samples";
import { server } from "@/testing/server";
import { ChecksPanel } from "./ChecksPanel";

const URL_OF_CHECKS = "http://asisso.test/api/v1/telephony-configurations/c1/diagnostics";
const never: DiagnosticsOut = {
  ...healthy,
  steps: [],
  verdict: "This connection has not been checked yet.",
  trigger: null,
  checked_at: null,
};

const kept = (result: DiagnosticsOut) => server.use(http.get(URL_OF_CHECKS, () => HttpResponse.json(result)));

beforeEach(() => signedIn());

const run = async () => person.click(await screen.findByRole("button", { name: "Run checks" }));

test("a connection that was never checked says when to do it", async () => {
  kept(never);
  renderAlone(<ChecksPanel configurationId="c1" />);
  expect(await screen.findByText("Not checked yet")).toBeVisible();
});

test("a run shows that it takes time, then its verdict, and tells it aloud", async () => {
  kept(never);
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  server.use(
    http.post(URL_OF_CHECKS, async () => {
      await finished;
      return HttpResponse.json(healthy);
    }),
  );
  renderAlone(<ChecksPanel configurationId="c1" />);
  await screen.findByText("Not checked yet");
  await run();
  expect(await screen.findByText(/takes up to 15 seconds/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Run checks" })).toBeDisabled();
  finish();
  await waitFor(() => expect(screen.getByRole("status")).toHaveTextContent("Everything is in order"));
  expect(screen.getByText(/asked for here/)).toBeVisible();
});

test("what to mend stands first, failures before warnings, with lines and commands", async () => {
  kept({ ...ill, trigger: "refused_call" });
  renderAlone(<ChecksPanel configurationId="c1" />);
  const list = await screen.findByRole("list", { name: "What to mend" });
  const headings = within(list).getAllByRole("heading", { level: 3 });
  expect(headings.map((heading) => heading.textContent)).toEqual([
    "Asterisk has the WebSocket client",
    "The dialplan goes on after Stasis()",
  ]);
  expect(
    within(list).getByRole("region", { name: "In /etc/asterisk/websocket_client.conf" }),
  ).toHaveTextContent("[asisso] protocols = media");
  expect(within(list).getByRole("region", { name: "Then run on the PBX" })).toHaveTextContent(
    'asterisk -rx "module reload res_websocket_client.so"',
  );
  expect(list).toHaveTextContent("/etc/asterisk/extensions.conf stands complete under");
  expect(screen.getByText(/because a call was refused/)).toBeVisible();
  expect(screen.getByText("1 passed, 1 failed, 1 with a warning, 1 skipped")).toBeVisible();
});

test("what has changed on the PBX since is told", async () => {
  kept({ ...healthy, drift: ["The module codec_alaw is not running."] });
  renderAlone(<ChecksPanel configurationId="c1" />);
  expect(await screen.findByText("The module codec_alaw is not running.")).toBeVisible();
});

test("a run that is refused says why and leaves the last result", async () => {
  kept(healthy);
  server.use(
    http.post(URL_OF_CHECKS, () =>
      HttpResponse.json({ code: "too_many_requests", detail: "Another check is running." }, { status: 429 }),
    ),
  );
  renderAlone(<ChecksPanel configurationId="c1" />);
  await screen.findByText(healthy.verdict);
  await run();
  expect(await screen.findByRole("alert")).toHaveTextContent("Another check is running.");
  expect(screen.getByText(healthy.verdict)).toBeVisible();
});

test("a result that can't be loaded says why, and loads when asked again", async () => {
  server.use(
    http.get(URL_OF_CHECKS, () =>
      HttpResponse.json({ code: "forbidden", detail: "Not for you." }, { status: 403 }),
    ),
  );
  renderAlone(<ChecksPanel configurationId="c1" />);
  expect(await screen.findByRole("alert")).toHaveTextContent("Not for you.");
  kept(healthy);
  await person.click(screen.getByRole("button", { name: "Retry" }));
  expect(await screen.findByText(healthy.verdict)).toBeVisible();
});
