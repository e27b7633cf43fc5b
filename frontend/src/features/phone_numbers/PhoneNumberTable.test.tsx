import { screen, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import { api, page, signedIn } from "@/testing/api";
import { person, renderAlone } from "@/testing/render";
import { phoneNumber } from "@/testing/samples";
import { server } from "@/testing/server";
import { PhoneNumbers } from "./PhoneNumbers";

const NUMBERS = api("/telephony-configurations/c1/phone-numbers");

let stored = [phoneNumber];

beforeEach(() => {
  signedIn();
  stored = [
    { ...phoneNumber, is_default_caller_id: true },
    {
      ...phoneNumber,
      id: "n2",
      address: "+4930123456",
      address_normalized: "+4930123456",
      address_type: "e164",
    },
    { ...phoneNumber, id: "n3", address: "_8XXX", address_normalized: "_8xxx", address_type: "pattern" },
  ];
  server.use(
    http.get(NUMBERS, () => page(stored)),
    http.get(api("/workflows"), () => page([])),
  );
});

const isDefault = (address: string) =>
  screen.findByRole("switch", { name: `${address} is the default caller ID` });

test("another number becomes the default caller ID", async () => {
  server.use(
    http.patch(`${NUMBERS}/n2`, async ({ request }) => {
      expect(await request.json()).toEqual({ is_default_caller_id: true });
      stored = stored.map((row) => ({ ...row, is_default_caller_id: row.id === "n2" }));
      return HttpResponse.json(stored[1]);
    }),
  );
  renderAlone(<PhoneNumbers configurationId="c1" />);
  expect(await isDefault("8000")).toBeChecked();
  await person.click(await isDefault("+4930123456"));
  await waitFor(async () => expect(await isDefault("8000")).not.toBeChecked());
  expect(await isDefault("+4930123456")).toBeChecked();
});

test("a pattern can't be a caller ID", async () => {
  renderAlone(<PhoneNumbers configurationId="c1" />);
  expect(await screen.findByRole("switch", { name: "_8XXX is active" })).toBeVisible();
  expect(screen.queryByRole("switch", { name: "_8XXX is the default caller ID" })).not.toBeInTheDocument();
});

test("the help of the address names the catch-all", async () => {
  renderAlone(<PhoneNumbers configurationId="c1" />);
  expect(await screen.findByLabelText("Address")).toHaveAccessibleDescription(/_\. for every number/);
});

test("a number says what it is taken as where that is not what was typed", async () => {
  stored = [{ ...phoneNumber, address: "+49 (30) 123-456", address_normalized: "+4930123456" }, phoneNumber];
  renderAlone(<PhoneNumbers configurationId="c1" />);
  expect(await screen.findByText("taken as +4930123456")).toBeVisible();
  expect(screen.queryByText("taken as 8000")).not.toBeInTheDocument();
});
