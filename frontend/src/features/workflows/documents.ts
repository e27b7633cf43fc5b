/** JSON that is changed a place at a time, without knowing the rest of it. */
export type Document = Readonly<Record<string, unknown>>;
export type Path = readonly string[];

function asDocument(value: unknown): Document {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Document) : {};
}

export function valueAt(document: Document, path: Path): unknown {
  return path.reduce<unknown>((part, step) => asDocument(part)[step], document);
}

/** The document with another value at a place; without one the place is gone. */
export function withValue(document: Document, path: Path, value: unknown): Document {
  const [step, ...rest] = path;
  if (step === undefined) return asDocument(value);
  const { [step]: before, ...others } = document;
  const after = rest.length === 0 ? value : withValue(asDocument(before), rest, value);
  return after === undefined ? others : { ...others, [step]: after };
}
