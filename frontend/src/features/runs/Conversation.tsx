import type { RunDetail } from "@/client/types.gen";
import { Card } from "@/components/ui/Card";
import { Notice } from "@/components/ui/Notice";
import { Player } from "./Player";
import { Transcript } from "./Transcript";
import { usePlayback } from "./usePlayback";

/** What was said, to read and, once the call has ended, to hear. */
export function Conversation({ run }: { run: RunDetail }) {
  const isLive = run.state !== "completed";
  if (isLive || run.recording_url === null) {
    return (
      <>
        <Card title="Recording">
          <p className="text-muted">
            {isLive ? "The recording can be played when the call has ended." : "This call was not recorded."}
            {run.recording_problem && ` ${run.recording_problem}`}
          </p>
        </Card>
        <Card title="Transcript">
          <Transcript turns={run.transcript} isLive={isLive} position_ms={null} onSeek={null} />
        </Card>
      </>
    );
  }
  return <PlayedConversation run={run} url={run.recording_url} />;
}

function PlayedConversation({ run, url }: { run: RunDetail; url: string }) {
  const playback = usePlayback();
  return (
    <>
      <Card title="Recording">
        {run.recording_problem && (
          <div className="mb-3">
            <Notice tone="info">The recording does not hold the whole call. {run.recording_problem}</Notice>
          </div>
        )}
        <Player run={run} url={url} playback={playback} />
      </Card>
      <Card title="Transcript" description="Click what was said to hear it.">
        <Transcript
          turns={run.transcript}
          isLive={false}
          position_ms={playback.isPlaying ? playback.position_ms : null}
          onSeek={playback.seek}
        />
      </Card>
    </>
  );
}
