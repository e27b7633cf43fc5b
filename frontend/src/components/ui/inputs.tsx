import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";

const control =
  "w-full rounded-lg border border-line-strong bg-surface px-3 text-ink placeholder:text-muted aria-invalid:border-bad disabled:opacity-60";

export function Input({ className = "", ...rest }: ComponentProps<"input">) {
  return <input {...rest} className={`${control} min-h-9 ${className}`} />;
}

export function TextArea({ className = "", rows = 3, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea {...rest} rows={rows} className={`${control} resize-y py-2 leading-relaxed ${className}`} />
  );
}

/** The platform's own select: it works with every keyboard, screen reader and phone. */
export function Select({ className = "", children, ...rest }: ComponentProps<"select">) {
  return (
    <span className={`relative inline-flex w-full ${className}`}>
      <select {...rest} className={`${control} min-h-9 appearance-none pr-8`}>
        {children}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-muted"
      />
    </span>
  );
}

type SwitchProps = Omit<ComponentProps<"input">, "type" | "role"> & {
  label: string;
  isLabelHidden?: boolean;
};

export function Switch({ label, isLabelHidden = false, className = "", ...rest }: SwitchProps) {
  return (
    <label
      className={`relative inline-flex min-h-6 cursor-pointer items-center gap-2 has-disabled:cursor-not-allowed ${className}`}
    >
      <input
        {...rest}
        type="checkbox"
        // biome-ignore lint/a11y/useAriaPropsForRole: a checkbox tells its checked state by itself
        role="switch"
        className="peer absolute inset-0 z-10 size-full cursor-pointer opacity-0 disabled:cursor-not-allowed"
      />
      <span
        aria-hidden
        className="relative h-5 w-9 shrink-0 rounded-full bg-line-strong transition-colors peer-checked:bg-primary peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-link peer-disabled:opacity-60 after:absolute after:top-0.5 after:left-0.5 after:size-4 after:rounded-full after:bg-white after:transition-transform peer-checked:after:translate-x-4"
      />
      <span className={isLabelHidden ? "sr-only" : ""}>{label}</span>
    </label>
  );
}
