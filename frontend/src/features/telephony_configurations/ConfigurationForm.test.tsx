import { screen, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { describe, expect, test, vi } from "vitest";
import { ApiError } from "@/lib/apiError";
import { person, renderAlone } from "@/testing/render";
import { advancedFields, ariFields, configuration, ill } from "@/testing/samples";
import { server } from "@/testing/server";
import { ConfigurationForm } from "./ConfigurationForm";

const field = (label: string) => screen.getByLabelText(label, { exact: true });

async function fillIn() {
  await person.type(field("Name"), "Head office");
  await person.type(field("ARI Endpoint URL"), "http://pbx.example.com:8088");
  await person.type(field("Stasis App Name"), "asisso");
  await person.type(field("App Password"), "secret");
  await person.type(field("From Extensions"), "6001, 6002");
}

const save = () => person.click(screen.getByRole("button", { name: "Save Configuration" }));

test("the form sends what was filled in", async () => {
  const onSave = vi.fn().mockResolvedValue(configuration);
  renderAlone(<ConfigurationForm fields={ariFields} onSave={onSave} />);
  await fillIn();
  await save();
  await waitFor(() =>
    expect(onSave).toHaveBeenCalledExactlyOnceWith({
      name: "Head office",
      ari_endpoint: "http://pbx.example.com:8088",
      app_name: "asisso",
      app_password: "secret",
      ws_client_name: "",
      from_extensions: ["6001", "6002"],
    }),
  );
});

test("an empty form is not sent and says what is missing beside each field", async () => {
  const onSave = vi.fn();
  renderAlone(<ConfigurationForm fields={ariFields} onSave={onSave} />);
  await save();
  await waitFor(() => expect(field("App Password")).toHaveAccessibleDescription(/Enter the App Password\./));
  expect(onSave).not.toHaveBeenCalled();
  expect(field("App Password")).toBeInvalid();
  expect(field("WebSocket Client Name")).toBeValid();
});

test("a fault found by the server stands beside its field", async () => {
  const refusal = new ApiError("validation_error", "", 422, { ari_endpoint: "Has no host." });
  renderAlone(<ConfigurationForm fields={ariFields} onSave={vi.fn().mockRejectedValue(refusal)} />);
  await fillIn();
  await save();
  await waitFor(() => expect(field("ARI Endpoint URL")).toHaveAccessibleDescription(/Has no host\./));
  expect(field("ARI Endpoint URL")).toHaveFocus();
});

test("a name that is taken stands beside the name", async () => {
  const refusal = new ApiError("name_taken", "There is one named Head office already.", 409);
  renderAlone(<ConfigurationForm fields={ariFields} onSave={vi.fn().mockRejectedValue(refusal)} />);
  await fillIn();
  await save();
  await waitFor(() => expect(field("Name")).toHaveAccessibleDescription(/named Head office already/));
});

test("a refusal that is about no field stands above the form", async () => {
  const refusal = new ApiError("forbidden", "Only administrators may do this.", 403);
  renderAlone(<ConfigurationForm fields={ariFields} onSave={vi.fn().mockRejectedValue(refusal)} />);
  await fillIn();
  await save();
  expect(await screen.findByRole("alert")).toHaveTextContent("Only administrators may do this.");
});

test("editing keeps the password and shows what the server made of the rest", async () => {
  const onSave = vi.fn().mockResolvedValue(configuration);
  renderAlone(<ConfigurationForm fields={ariFields} stored={configuration} onSave={onSave} />);
  await person.type(field("ARI Endpoint URL"), "/ari");
  await save();
  await waitFor(() => expect(onSave).toHaveBeenCalled());
  expect(onSave.mock.lastCall?.[0]).toMatchObject({ ari_endpoint: "http://pbx.example.com:8088/ari" });
  expect(onSave.mock.lastCall?.[0]).not.toHaveProperty("app_password");
  await waitFor(() => expect(field("ARI Endpoint URL")).toHaveValue("http://pbx.example.com:8088"));
});

const TRIAL = "http://asisso.test/api/v1/telephony-configurations/diagnostics";

test("values are tried out without a name and without being saved", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post(TRIAL, async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(ill);
    }),
  );
  const onSave = vi.fn();
  renderAlone(<ConfigurationForm fields={ariFields} onSave={onSave} />);
  await person.type(field("ARI Endpoint URL"), "http://pbx.example.com:8088");
  await person.type(field("Stasis App Name"), "asisso");
  await person.type(field("App Password"), " secret");
  await person.click(screen.getByRole("button", { name: "Test connection" }));
  const result = await screen.findByRole("region", { name: "Result of the test" });
  expect(result).toHaveTextContent("Nothing is saved yet.");
  expect(result).toHaveTextContent("Asterisk knows no WebSocket client [asisso].");
  expect(sent).toEqual([
    {
      configuration_id: null,
      ari_endpoint: "http://pbx.example.com:8088",
      app_name: "asisso",
      app_password: " secret",
      ws_client_name: "",
      from_extensions: [],
    },
  ]);
  expect(onSave).not.toHaveBeenCalled();
});

test("what is missing for a test is told beside its field", async () => {
  renderAlone(<ConfigurationForm fields={ariFields} onSave={vi.fn()} />);
  await person.click(screen.getByRole("button", { name: "Test connection" }));
  await waitFor(() => expect(field("App Password")).toBeInvalid());
  expect(field("Name")).toBeValid();
});

test("a test that the server refuses stands beside its field", async () => {
  server.use(
    http.post(TRIAL, () =>
      HttpResponse.json(
        {
          code: "validation_error",
          detail: [{ type: "value_error", loc: ["body", "app_password"], msg: "Enter it again." }],
        },
        { status: 422 },
      ),
    ),
  );
  renderAlone(<ConfigurationForm fields={ariFields} stored={configuration} onSave={vi.fn()} />);
  await person.click(screen.getByRole("button", { name: "Test connection" }));
  await waitFor(() => expect(field("App Password")).toHaveAccessibleDescription(/Enter it again\./));
});

describe("the advanced part", () => {
  const fields = [...ariFields, ...advancedFields];

  test("is folded away, and sent all the same", async () => {
    const onSave = vi.fn().mockResolvedValue(configuration);
    renderAlone(<ConfigurationForm fields={fields} onSave={onSave} />);
    expect(field("Ring time-out")).not.toBeVisible();
    await person.click(screen.getByText("Advanced"));
    expect(field("Ring time-out")).toBeVisible();
    await fillIn();
    await person.selectOptions(field("When no agent can take a call"), "Let the dialplan go on");
    await person.click(screen.getByRole("switch", { name: "Default for outbound calls" }));
    await save();
    await waitFor(() => expect(onSave).toHaveBeenCalled());
    expect(onSave.mock.lastCall?.[0]).toMatchObject({
      app_name: "asisso",
      on_failure: "dialplan",
      is_default_outbound: true,
      ring_timeout_s: 30,
    });
  });

  test("opens at a fault inside it", async () => {
    const refusal = new ApiError("validation_error", "", 422, { dial_template: "Has no {number}." });
    renderAlone(<ConfigurationForm fields={fields} onSave={vi.fn().mockRejectedValue(refusal)} />);
    await fillIn();
    await save();
    await waitFor(() => expect(field("Dial template")).toBeVisible());
    expect(field("Dial template")).toHaveAccessibleDescription(/Has no \{number\}\./);
    expect(field("Dial template")).toHaveFocus();
  });
});
