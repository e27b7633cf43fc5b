import { describe, expect, test } from "vitest";
import { ariFields, configuration } from "@/testing/samples";
import { formSchema, initialValues, payloadOf } from "./providerForm";

const filled = {
  ari_endpoint: " http://pbx.example.com:8088 ",
  app_name: "asisso",
  app_password: " secret ",
  ws_client_name: "",
  from_extensions: "PJSIP/6001, 6002\n6003,",
};

function faultsOf(values: Record<string, string>, isEditing = false): Record<string, string> {
  const result = formSchema(ariFields, isEditing).safeParse(values);
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
