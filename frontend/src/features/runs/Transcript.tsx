import type { TurnOut } from "@/client/types.gen";
import { formatDuration } from "@/lib/format";

type TranscriptProps = {
  turns: readonly TurnOut[];
  /** While the call runs, new turns are read out. */
  isLive: boolean;
  /** Where the player stands; null when there is nothing to play. */
  position_ms: number | null;
  onSeek: ((position_ms: number) => void) | null;
};

/** The words of both sides as a chat; a turn plays from its first word when it is clicked. */
export function Transcript({ turns, isLive, position_ms, onSeek }: TranscriptProps) {
  if (turns.length === 0) {
    return <p className="text-muted">{isLive ? "Nobody has spoken yet." : "Nobody spoke in this call."}</p>;
  }
  return (
    <div role="log" aria-label="Transcript" aria-live={isLive ? "polite" : "off"}>
      <ol className="flex flex-col gap-3">
        {turns.map((turn) => (
          <TurnBubble
            key={`${turn.speaker}-${turn.started_ms}`}
            turn={turn}
            isCurrent={position_ms !== null && position_ms >= turn.started_ms && position_ms < turn.ended_ms}
            onSeek={onSeek}
          />
        ))}
      </ol>
    </div>
  );
}

type TurnBubbleProps = { turn: TurnOut; isCurrent: boolean; onSeek: TranscriptProps["onSeek"] };

function TurnBubble({ turn, isCurrent, onSeek }: TurnBubbleProps) {
  const isCaller = turn.speaker === "caller";
  const speaker = isCaller ? "Caller" : "Agent";
  const at = formatDuration(turn.started_ms);
  const colours = isCaller ? "bg-caller-soft" : "bg-agent-soft";
  const bubble = `rounded-2xl px-3.5 py-2 text-left leading-relaxed wrap-anywhere ${colours} ${isCaller ? "rounded-tl-sm" : "rounded-tr-sm"} ${isCurrent ? "ring-2 ring-link" : ""}`;
  return (
    <li
      className={`flex max-w-[85%] flex-col gap-1 ${isCaller ? "items-start self-start" : "items-end self-end"}`}
    >
      <span className="flex items-center gap-2 text-xs text-muted">
        <span className={`font-semibold ${isCaller ? "text-caller" : "text-agent"}`}>{speaker}</span>
        <span className="tabular-nums">{at}</span>
        {turn.interrupted && <span>interrupted by the caller</span>}
      </span>
      {onSeek ? (
        <button
          type="button"
          onClick={() => onSeek(turn.started_ms)}
          title={`Play from ${at}`}
          className={`${bubble} hover:ring-1 hover:ring-line-strong`}
        >
          {turn.text}
        </button>
      ) : (
        <p className={bubble}>{turn.text}</p>
      )}
    </li>
  );
}
