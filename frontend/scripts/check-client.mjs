// Regenerates the API client beside the committed one and fails when they differ.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateClient } from "./generate-client.mjs";

const scratch = mkdtempSync(join(tmpdir(), "asisso-client-"));
try {
  const output = join(scratch, "client");
  generateClient(output);
  const diff = spawnSync("diff", ["-r", "-u", "src/client", output], { encoding: "utf8" });
  if (diff.status !== 0) {
    console.error(diff.stdout);
    console.error("src/client differs from openapi.json. Run `npm run generate` and commit the result.");
    process.exitCode = 1;
  } else {
    console.log("src/client matches openapi.json");
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
