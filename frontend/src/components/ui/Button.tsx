import { LoaderCircle } from "lucide-react";
import type { ComponentProps } from "react";

export type ButtonKind = "primary" | "secondary" | "ghost" | "danger";

const kinds: Record<ButtonKind, string> = {
  primary: "bg-primary text-white hover:bg-primary-hover",
  secondary: "border border-line-strong bg-surface text-ink hover:bg-sunken",
  ghost: "text-ink hover:bg-sunken",
  danger: "bg-danger text-white hover:bg-danger-hover",
};

/** Classes of a button, for links that look like one. */
export function buttonClass(kind: ButtonKind = "secondary", size: "normal" | "small" = "normal"): string {
  const padding = size === "small" ? "min-h-8 px-2.5 text-xs" : "min-h-9 px-3.5 text-sm";
  return `inline-flex shrink-0 items-center justify-center gap-1.5 rounded-lg font-medium whitespace-nowrap transition-colors disabled:cursor-not-allowed disabled:opacity-60 ${padding} ${kinds[kind]}`;
}

type ButtonProps = ComponentProps<"button"> & {
  kind?: ButtonKind;
  size?: "normal" | "small";
  /** Shows a spinner and refuses clicks while a request runs. */
  isPending?: boolean;
};

export function Button({
  kind,
  size,
  isPending = false,
  disabled,
  className = "",
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || isPending}
      aria-busy={isPending || undefined}
      className={`${buttonClass(kind, size)} ${className}`}
    >
      {isPending && <LoaderCircle aria-hidden className="size-4 animate-spin" />}
      {children}
    </button>
  );
}
