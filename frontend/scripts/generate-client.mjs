// Generates the API client into a folder, src/client by default.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export function generateClient(output) {
  execFileSync("npx", ["openapi-ts"], { env: { ...process.env, CLIENT_OUTPUT: output }, stdio: "pipe" });
  // The generator's own advertisement for another package: an address that is none of ours.
  const types = join(output, "client", "types.gen.ts");
  const kept = readFileSync(types, "utf8").replace(/ {3}\*\n {3}\* Install \{@link [^}]*\} instead\.\n/, "");
  writeFileSync(types, kept);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) generateClient("src/client");
