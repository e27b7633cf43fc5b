import { HttpResponse, http } from "msw";
import type { Role } from "@/client/types.gen";
import { user } from "./samples";
import { server } from "./server";

/** The address of an operation, as the tests' client asks for it. */
export const api = (path: string) => `http://asisso.test/api/v1${path}`;

export const page = (items: unknown[]) => HttpResponse.json({ items, next_cursor: null });

export const refusal = (status: number, code: string, detail: unknown) =>
  HttpResponse.json({ code, detail }, { status });

/** Somebody is signed in. */
export function signedIn(role: Role = "admin") {
  server.use(
    http.get(api("/auth/me"), () =>
      HttpResponse.json({ user, role, organization_id: "o1", organization_name: "Example" }),
    ),
  );
}

/** Notes what is sent to an operation, and answers it. */
export function accepts(path: string, answer: unknown = {}, status = 202): unknown[] {
  const bodies: unknown[] = [];
  server.use(
    http.post(api(path), async ({ request }) => {
      const text = await request.text();
      bodies.push(text === "" ? null : JSON.parse(text));
      return HttpResponse.json(answer as Record<string, unknown>, { status });
    }),
  );
  return bodies;
}
