import { Field } from "@/components/ui/Field";
import { Input, Select, Switch, TextArea } from "@/components/ui/inputs";
import { choicesOf, isSecret, labelOf, type Member, membersOf, present, type Schema } from "./agentSchema";
import { type Document, type Path, valueAt } from "./documents";
import { MemberFields } from "./MemberFields";
import { SecretField } from "./SecretField";

const LONG_TEXT = 200;

export type FieldsProps = {
  document: Document;
  /** A value of undefined takes the place out: then it is as usual. */
  onChange: (path: Path, value: unknown) => void;
  /** What the server found wrong, by the place with dots between its steps. */
  faults: Readonly<Record<string, string>>;
};

/** One setting, in the form that its schema asks for. */
export function SchemaField({ member, path, ...props }: FieldsProps & { member: Member; path: Path }) {
  const { document, onChange, faults } = props;
  const { schema, isNullable } = present(member.schema);
  const label = labelOf(member.name);
  const value = valueAt(document, path);
  if (isSecret(member.schema)) return <SecretField label={label} path={path} {...props} />;
  if (schema.discriminator !== undefined) return <UnionFields member={member} path={path} {...props} />;
  if (schema.properties !== undefined) {
    return (
      <PartFields label={label} help={schema.description}>
        {isNullable && (
          <Switch
            label={`Use ${label.toLowerCase()}`}
            checked={value !== undefined && value !== null}
            onChange={({ target }) => onChange(path, target.checked ? {} : undefined)}
          />
        )}
        {(!isNullable || (value !== undefined && value !== null)) && (
          <MemberFields members={membersOf(schema)} path={path} {...props} />
        )}
      </PartFields>
    );
  }
  if (schema.type === "boolean") {
    return (
      <div className="flex flex-col gap-1">
        <Switch
          label={label}
          checked={(value ?? schema.default) === true}
          onChange={({ target }) => onChange(path, target.checked)}
        />
        {schema.description && <p className="text-xs text-muted">{schema.description}</p>}
      </div>
    );
  }
  return (
    <Field
      label={label}
      help={schema.description}
      isOptional={!member.isRequired}
      error={faults[path.join(".")]}
    >
      {(control) => (
        <Control
          {...control}
          name={member.name}
          schema={schema}
          value={value}
          onChange={(given) => onChange(path, given)}
        />
      )}
    </Field>
  );
}

function PartFields({ label, help, children }: { label: string; help?: string; children: React.ReactNode }) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-4 rounded-lg border border-line p-4">
      <legend className="px-1 font-medium">{label}</legend>
      {help && <p className="-mt-2 text-xs text-muted">{help}</p>}
      {children}
    </fieldset>
  );
}

/** One of several kinds of a part: which one, and then its own settings. */
function UnionFields({ member, path, ...props }: FieldsProps & { member: Member; path: Path }) {
  const { schema } = present(member.schema);
  const choices = choicesOf(schema);
  const usual = (schema.default as Document | undefined)?.kind;
  const kind = String(valueAt(props.document, [...path, "kind"]) ?? usual ?? "");
  const chosen = choices.find(([name]) => name === kind)?.[1];
  return (
    <PartFields label={labelOf(member.name)} help={schema.description}>
      <Field label="Kind">
        {(control) => (
          <Select
            {...control}
            value={kind}
            onChange={({ target }) => props.onChange(path, { kind: target.value })}
          >
            {kind === "" && <option value="">Choose one</option>}
            {choices.map(([name]) => (
              <option key={name} value={name}>
                {labelOfPart(name)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {chosen && <MemberFields members={membersOf(chosen)} path={path} {...props} />}
    </PartFields>
  );
}

function labelOfPart(kind: string): string {
  return { embedded: "On this machine", openai: "A server like OpenAI's" }[kind] ?? labelOf(kind);
}

type ControlInput = { name: string; schema: Schema; value: unknown; onChange: (value: unknown) => void };

function Control({ name, schema, value, onChange, ...control }: ControlInput & { id: string }) {
  if (schema.enum !== undefined) {
    return (
      <Select
        {...control}
        value={value === undefined ? "" : String(value)}
        onChange={({ target }) => onChange(target.value === "" ? undefined : target.value)}
      >
        <option value="">{schema.default === undefined ? "" : `${schema.default} (usual)`}</option>
        {schema.enum.map((one) => (
          <option key={String(one)} value={String(one)}>
            {String(one)}
          </option>
        ))}
      </Select>
    );
  }
  const usual = Array.isArray(schema.default) ? schema.default.join("\n") : String(schema.default ?? "");
  const shared = { ...control, placeholder: usual, autoComplete: "off" };
  if (schema.type === "array") {
    return (
      <TextArea
        {...shared}
        defaultValue={Array.isArray(value) ? value.join("\n") : ""}
        onBlur={({ target }) => onChange(target.value.trim() === "" ? undefined : linesOf(target.value))}
      />
    );
  }
  if (schema.type === "integer" || schema.type === "number") {
    return (
      <Input
        {...shared}
        inputMode="decimal"
        className="max-w-32"
        defaultValue={value === undefined ? "" : String(value)}
        onBlur={({ target }) => onChange(numberOrText(target.value.trim()))}
      />
    );
  }
  const text = { ...shared, value: typeof value === "string" ? value : "" };
  const change = ({ target }: { target: { value: string } }) =>
    onChange(target.value === "" ? undefined : target.value);
  const isLong = (schema.maxLength ?? 0) > LONG_TEXT && !name.endsWith("url");
  return isLong ? <TextArea {...text} onChange={change} /> : <Input {...text} onChange={change} />;
}

/** One entry a line. */
function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** What is no number is sent as it is: the server says what is wrong with it. */
function numberOrText(text: string): unknown {
  if (text === "") return undefined;
  return Number.isNaN(Number(text)) ? text : Number(text);
}
