import type { CallerTurn, TalkOut, WayOnOut } from "@/client/types.gen";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { wordsOfValue } from "./valueWords";

type TalkStateProps = {
  talk: TalkOut;
  isPending: boolean;
  onTurn: (turn: CallerTurn) => Promise<boolean>;
};

/** Where a conversation is, what it knows, and where it can go from here. */
export function TalkState({ talk, isPending, onTurn }: TalkStateProps) {
  const last = talk.exchanges[talk.exchanges.length - 1];
  const values = Object.entries(last?.gathered ?? {});
  const { wanted, choices, is_confirming } = talk.expects;
  return (
    <Card title="Now">
      <dl className="flex flex-col gap-3">
        <Fact name="Step">{last?.node_id}</Fact>
        <Fact name="Values">
          {values.length === 0
            ? "none yet"
            : values.map(([name, value]) => (
                <span key={name} className="block wrap-anywhere">
                  {name}: {wordsOfValue(value)}
                </span>
              ))}
        </Fact>
        {wanted.length > 0 && (
          <Fact name={is_confirming ? "Asks whether it understood" : "Still asks for"}>
            {wanted.join(", ")}
          </Fact>
        )}
        {choices.length > 0 && (
          <Fact name="Ways on">
            <span className="mt-1 flex flex-wrap gap-2">
              {choices.map((choice) => (
                <Button
                  key={choice.edge_id}
                  size="small"
                  disabled={isPending || turnOf(choice) === null}
                  onClick={() => {
                    const turn = turnOf(choice);
                    if (turn) onTurn(turn);
                  }}
                >
                  {choice.label || choice.examples[0] || choice.edge_id}
                  {choice.digits && <span className="text-muted">key {choice.digits}</span>}
                </Button>
              ))}
            </span>
          </Fact>
        )}
      </dl>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  );
}

/** What a caller does who wants this. */
function turnOf({ examples: [example], digits }: WayOnOut): CallerTurn | null {
  if (example) return { say: example };
  return digits ? { keys: digits } : null;
}
