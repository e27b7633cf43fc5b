import { describe, expect, test } from "vitest";
import { advancedFields, ariFields, configuration } from "@/testing/samples";
import { type FormValues, formSchema, initialValues, payloadOf } from "./providerForm";

const filled = {
  ari_endpoint: " http://pbx.example.com:8088 ",
  app_name: "asisso",
  app_password: " secret ",
  ws_client_name: "",
  from_extensions: "PJSIP/6001, 6002\n6003,",
};

function faultsOf(values: FormValues, isEditing = false, fields = ariFields): Record<string, string> {
  const result = formSchema(fields, isEditing).safeParse(values);
  return Object.fromEntries(
    (result.error?.issues ?? []).map((issue) => [issue.path.join("."), issue.message]),
  );
}

describe("the rules of a provider's form", () => {
  test("ask for every required field by its label", () => {
    expect(faultsOf(initialValues(ariFields))).toEqual({
      ari_endpoint: "Enter the ARI Endpoint URL.",
      app_name: "Enter the Stasis App Name.",
      app_password: "Enter the App Password.",
    });
  });

  test.each(["pbx.example.com:8088", "ws://pbx.example.com", "http://", "http://a b"])(
    "refuse the address %s",
    (ari_endpoint) => {
      expect(faultsOf({ ...filled, ari_endpoint }).ari_endpoint).toMatch(/http:\/\//);
    },
  );

  test("trim what is typed, but never a password", () => {
    const values = formSchema(ariFields, false).parse(filled);
    expect(values.ari_endpoint).toBe("http://pbx.example.com:8088");
    expect(values.app_password).toBe(" secret ");
  });

  test("let a stored password stay empty", () => {
    expect(faultsOf({ ...filled, app_password: "" }, true)).toEqual({});
  });
});

describe("the further fields", () => {
  const begun = initialValues(advancedFields);

  test("begin with what the server says", () => {
    expect(begun).toEqual({
      is_default_outbound: false,
      dial_template: "PJSIP/{number}",
      ring_timeout_s: "30",
      on_failure: "refuse",
      channel_variables: "",
    });
  });

  test.each(["", "0", "601", "1.5", "-3", "soon"])("refuse %j seconds of ringing", (ring_timeout_s) => {
    expect(faultsOf({ ...begun, ring_timeout_s }, false, advancedFields)).toEqual({
      ring_timeout_s: "Enter a whole number from 1 to 600.",
    });
  });

  test("are sent as what they are", () => {
    const changed = {
      ...begun,
      is_default_outbound: true,
      ring_timeout_s: "600",
      channel_variables: "CUSTOMER, CALLERID(rdnis),PJSIP_HEADER(read,X-Id)\nTIER,",
    };
    expect(faultsOf(changed, false, advancedFields)).toEqual({});
    expect(payloadOf(advancedFields, changed, false)).toEqual({
      is_default_outbound: true,
      dial_template: "PJSIP/{number}",
      ring_timeout_s: 600,
      on_failure: "refuse",
      channel_variables: ["CUSTOMER", "CALLERID(rdnis)", "PJSIP_HEADER(read,X-Id)", "TIER"],
    });
  });

  test("show what is stored rather than a default", () => {
    const stored = { ...configuration, is_default_outbound: true, ring_timeout_s: 45 };
    expect(initialValues(advancedFields, stored)).toMatchObject({
      is_default_outbound: true,
      ring_timeout_s: "45",
    });
  });
});

describe("what is sent", () => {
  test("has lists as lists", () => {
    expect(payloadOf(ariFields, filled, false).from_extensions).toEqual(["PJSIP/6001", "6002", "6003"]);
  });

  test("leaves a password out that was not changed", () => {
    expect(payloadOf(ariFields, { ...filled, app_password: "" }, true)).not.toHaveProperty("app_password");
    expect(payloadOf(ariFields, { ...filled, app_password: "new" }, true).app_password).toBe("new");
  });
});

test("a stored configuration fills the form without its password", () => {
  expect(initialValues(ariFields, configuration)).toEqual({
    ari_endpoint: "http://pbx.example.com:8088",
    app_name: "asisso",
    app_password: "",
    ws_client_name: "asisso",
    from_extensions: "PJSIP/6001, 6002",
  });
});
