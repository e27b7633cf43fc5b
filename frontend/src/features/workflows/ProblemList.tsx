import { CircleAlert, TriangleAlert } from "lucide-react";
import type { ProblemOut } from "@/client/types.gen";

/** What is wrong, errors before warnings as the server sends them. */
export function ProblemList({ problems, label }: { problems: readonly ProblemOut[]; label: string }) {
  if (problems.length === 0) return null;
  return (
    <ul aria-label={label} className="flex flex-col gap-1.5">
      {problems.map((problem) => {
        const isError = problem.severity === "error";
        const Icon = isError ? CircleAlert : TriangleAlert;
        return (
          <li
            key={`${problem.code}-${problem.path.join(".")}-${problem.message}`}
            className={`flex items-start gap-1.5 text-xs font-medium ${isError ? "text-bad" : "text-warn"}`}
          >
            <Icon aria-hidden className="mt-0.5 size-3.5 shrink-0" />
            <span className="min-w-0 wrap-anywhere">
              {!isError && "Warning: "}
              {problem.message}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
