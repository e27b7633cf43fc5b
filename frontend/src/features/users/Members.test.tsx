import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import type { InvitedUser, MemberOut } from "@/client/types.gen";
import { accepts, api, page, refusal, signedIn } from "@/testing/api";
import { person, renderAlone } from "@/testing/render";
import { member, user } from "@/testing/samples";
import { server } from "@/testing/server";
import { Members } from "./Members";

const ben: MemberOut = { ...member, id: "u2", email: "ben@example.com", role: "viewer", state: "invited" };
const link: InvitedUser = { ...ben, invitation_url: "http://asisso.test/invitation#token" };

beforeEach(() => {
  signedIn();
  server.use(http.get(api("/users"), () => page([{ ...member, id: user.id }, ben])));
});

test("people are shown with role and state, oneself marked", async () => {
  renderAlone(<Members />);
  const own = await screen.findByRole("row", { name: /admin@example.com\s*\(you\)/ });
  expect(within(own).getByLabelText("Role of admin@example.com")).toHaveValue("admin");
  const invited = screen.getByRole("row", { name: /ben@example.com/ });
  expect(within(invited).getByText("Invited")).toBeVisible();
  expect(within(invited).getByText("never")).toBeVisible();
});

test("an invitation shows its link this once", async () => {
  const sent = accepts("/users", link, 201);
  renderAlone(<Members />);
  await person.type(await screen.findByLabelText("Email of the new member"), "ben@example.com");
  await person.selectOptions(screen.getByLabelText("Role of the new member"), "viewer");
  await person.click(screen.getByRole("button", { name: "Invite" }));
  expect(await screen.findByText("http://asisso.test/invitation#token")).toBeVisible();
  expect(screen.getByText(/Give this link to ben@example.com/)).toBeVisible();
  expect(sent).toEqual([{ email: "ben@example.com", role: "viewer" }]);
  expect(screen.getByLabelText("Email of the new member")).toHaveValue("");
});

test("an address that is taken is told at its field", async () => {
  accepts(
    "/users",
    { code: "email_taken", detail: "This person belongs to your organization already." },
    409,
  );
  renderAlone(<Members />);
  await person.type(await screen.findByLabelText("Email of the new member"), "ben@example.com");
  await person.click(screen.getByRole("button", { name: "Invite" }));
  await waitFor(() =>
    expect(screen.getByLabelText("Email of the new member")).toHaveAccessibleDescription(/belongs to your/),
  );
});

test("the last administrator keeps the role, and why is said", async () => {
  const reason = "admin@example.com is the last administrator.";
  server.use(http.patch(api("/users/u1"), () => refusal(409, "last_administrator", reason)));
  renderAlone(<Members />);
  const role = await screen.findByLabelText("Role of admin@example.com");
  await person.selectOptions(role, "viewer");
  expect(await screen.findByText(reason)).toBeVisible();
  await waitFor(() => expect(role).toHaveValue("admin"));
});

test("a person is removed after a question", async () => {
  let isRemoved = false;
  server.use(
    http.delete(api("/users/u2"), () => {
      isRemoved = true;
      return new HttpResponse(null, { status: 204 });
    }),
  );
  renderAlone(<Members />);
  await person.click(await screen.findByRole("button", { name: "Remove ben@example.com" }));
  const question = await screen.findByRole("alertdialog");
  expect(question).toHaveTextContent("signed out at once");
  await person.click(within(question).getByRole("button", { name: "Remove" }));
  await waitFor(() => expect(isRemoved).toBe(true));
});
