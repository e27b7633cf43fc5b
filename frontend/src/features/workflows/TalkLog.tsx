import { ArrowRight, CircleStop, Globe, PhoneForwarded, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { CallerTurn, ExchangeOut, WorkflowDefinition } from "@/client/types.gen";
import { wordsOfValue } from "./valueWords";

type TalkLogProps = {
  exchanges: readonly ExchangeOut[];
  definition: WorkflowDefinition;
  label: string;
  /** New ones are read out. */
  isLive?: boolean;
};

/** A conversation in writing: both sides, and between them what the workflow did. */
export function TalkLog({ exchanges, definition, label, isLive = false }: TalkLogProps) {
  return (
    <div role="log" aria-label={label} aria-live={isLive ? "polite" : "off"}>
      <ol className="flex flex-col gap-4">
        {exchanges.map((exchange, index) => (
          <ExchangeItem
            // biome-ignore lint/suspicious/noArrayIndexKey: a conversation only grows at its end
            key={index}
            exchange={exchange}
            before={exchanges[index - 1]}
            definition={definition}
          />
        ))}
      </ol>
    </div>
  );
}

type ExchangeItemProps = {
  exchange: ExchangeOut;
  before: ExchangeOut | undefined;
  definition: WorkflowDefinition;
};

function ExchangeItem({ exchange, before, definition }: ExchangeItemProps) {
  const { turn, said, requests, transfers, node_id, outcome, problem } = exchange;
  return (
    <li className="flex flex-col gap-2">
      {turn && <Bubble speaker="Caller">{wordsOfTurn(turn)}</Bubble>}
      <Likeness exchange={exchange} definition={definition} />
      {requests.map((request) => (
        <Note key={`${request.node_id}-${request.url}`} icon={Globe}>
          {request.method} {request.url}:{" "}
          {request.failure === "" ? listOf(request.values) || "answered" : request.failure}
        </Note>
      ))}
      {said.map((say, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same sentence may come twice, in its place
        <Bubble key={index} speaker="Agent">
          {say.text}
        </Bubble>
      ))}
      {node_id !== before?.node_id && <Note icon={ArrowRight}>at {node_id}</Note>}
      {newValues(exchange, before).map(([name, value]) => (
        <Note key={name} icon={ArrowRight}>
          {name} is {wordsOfValue(value)}
        </Note>
      ))}
      {transfers.map(({ to }) => (
        <Note key={to} icon={PhoneForwarded}>
          put through to {to}
        </Note>
      ))}
      {problem !== "" && <Note icon={TriangleAlert}>{problem}</Note>}
      {outcome !== "" && <Note icon={CircleStop}>The call ends: {outcome.replaceAll("_", " ")}.</Note>}
    </li>
  );
}

/** How near what was said came to each way on. */
function Likeness({ exchange, definition }: { exchange: ExchangeOut; definition: WorkflowDefinition }) {
  const nearest = Object.entries(exchange.likeness)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 3);
  if (nearest.length === 0) return null;
  const names = nearest.map(([id, likeness]) => {
    const edge = definition.edges?.find((one) => one.id === id);
    return `${edge?.data?.label || edge?.target || id} ${Math.round(likeness * 100)} %`;
  });
  return <p className="text-xs text-muted">Sounds like: {names.join(" · ")}</p>;
}

function Bubble({ speaker, children }: { speaker: "Caller" | "Agent"; children: ReactNode }) {
  const isCaller = speaker === "Caller";
  return (
    <div
      className={`flex max-w-[85%] flex-col gap-1 ${isCaller ? "items-start self-start" : "items-end self-end"}`}
    >
      <span className={`text-xs font-semibold ${isCaller ? "text-caller" : "text-agent"}`}>{speaker}</span>
      <p
        className={`rounded-2xl px-3.5 py-2 leading-relaxed wrap-anywhere ${isCaller ? "rounded-tl-sm bg-caller-soft" : "rounded-tr-sm bg-agent-soft"}`}
      >
        {children}
      </p>
    </div>
  );
}

function Note({ icon: Icon, children }: { icon: typeof Globe; children: ReactNode }) {
  return (
    <p className="flex items-start gap-1.5 text-xs text-muted">
      <Icon aria-hidden className="mt-0.5 size-3.5 shrink-0" />
      <span className="min-w-0 wrap-anywhere">{children}</span>
    </p>
  );
}

function newValues(exchange: ExchangeOut, before: ExchangeOut | undefined): [string, unknown][] {
  return Object.entries(exchange.gathered).filter(([name, value]) => before?.gathered[name] !== value);
}

function listOf(values: Record<string, unknown>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} is ${wordsOfValue(value)}`)
    .join(", ");
}

export function wordsOfTurn(turn: CallerTurn): string {
  if (turn.keys) return `presses ${turn.keys}`;
  return turn.transfer_failed ? `is back: ${turn.transfer_failed}` : (turn.say ?? "");
}
