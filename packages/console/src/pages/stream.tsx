import type { Session, Stream } from "@sluice/api";
import { useRef, useState } from "preact/hooks";
import { ApiError, api } from "../api.ts";
import { useEvents } from "../live/feed.ts";
import { type Counts, measured, Samples } from "../live/samples.ts";
import { useMay } from "../me.ts";
import { useAnnounce } from "../parts/announce.tsx";
import { AskPublisher } from "../parts/ask-publisher.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { HealthBox } from "../parts/health-box.tsx";
import { LadderDrawing } from "../parts/ladder-drawing.tsx";
import { Empty, Failure } from "../parts/notice.tsx";
import { Preview } from "../parts/preview.tsx";
import { RelayBox } from "../parts/relay-box.tsx";
import { SessionTable } from "../parts/session-table.tsx";
import { StateBadge } from "../parts/stream-card.tsx";
import { StreamCharts } from "../parts/stream-charts.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { TracksDrawing } from "../parts/tracks-drawing.tsx";
import { usePolled } from "../polled.ts";
import { addressOf } from "../route.ts";

const everyMs = 2_000;
const mostSessions = 100;

type Look = { readonly stream: Stream | undefined; readonly sessions: readonly Session[]; readonly isWhole: boolean };

/** One stream: how it looks, how its publisher does, who watches what, and what has happened. */
export function StreamPage({ path }: { readonly path: string }) {
  const ask = useLooks(path);
  const { value, error, again } = usePolled(ask.look, path, everyMs);
  useEvents((event) => event.stream === path && again(), path);
  const stream = value?.stream;
  return (
    <>
      <div class="heading">
        <p class="crumb">
          <a href={addressOf("live")}>Live</a>
        </p>
        <h1>{path}</h1>
        {stream ? <StateBadge state={stream.state} /> : null}
        <a href={`/${path}`}>Watch page</a>
        {stream?.state === "live" ? <AskPublisher path={path} /> : null}
        {stream ? <EndStream path={path} onEnd={again} /> : null}
      </div>
      <Failure error={value ? undefined : error} />
      {value && !stream ? <Empty>{path} is not live now. This page shows it as soon as it is.</Empty> : null}
      {stream ? (
        <>
          <div class="columns">
            <Preview path={path} />
            <HealthBox stream={stream} />
          </div>
          <TracksDrawing stream={stream} />
          <LadderDrawing stream={stream} />
          <StreamCharts samples={ask.samples} />
        </>
      ) : null}
      {stream ? (
        <section class="card">
          <h2>Sessions</h2>
          <SessionTable caption={`Sessions of ${path}`} sessions={value?.sessions ?? []} onChange={again} />
          {value?.isWhole ? null : <p class="hint">The first {mostSessions} are shown; the graphs count all.</p>}
        </section>
      ) : null}
      <RelayBox path={path} />
      <Timeline path={path} />
    </>
  );
}

/** Looks at the stream and who watches it, and keeps what the graphs need of it. */
function useLooks(path: string): { readonly look: () => Promise<Look>; readonly samples: Samples } {
  const [samples] = useState(() => new Samples());
  const before = useRef<Counts | undefined>(undefined);
  const look = async (): Promise<Look> => {
    const [stream, audience, page] = await Promise.all([
      api("GET /streams/{stream}", { path: { stream: path } }).catch(unlessGone),
      api("GET /audience", { query: { stream: path } }).catch(unlessGone),
      api("GET /sessions", { query: { stream: path, limit: mostSessions } }),
    ]);
    const at = Date.now() / 1000;
    // Events ask in between as well: two looks right after one another measure nothing.
    if (stream && audience && at - (before.current?.at ?? 0) >= 1) {
      const counts = { at, stream, audience };
      samples.add(at, measured(counts, before.current));
      before.current = counts;
    }
    return { stream, sessions: page.items, isWhole: page.next === undefined };
  };
  return { look, samples };
}

function unlessGone(error: unknown): undefined {
  if (error instanceof ApiError && error.status === 404) return undefined;
  throw error;
}

function EndStream({ path, onEnd }: { readonly path: string; readonly onEnd: () => void }) {
  const mayEnd = useMay("operator");
  const { attempt } = useAnnounce();
  if (!mayEnd) return null;
  return (
    <Confirm
      label="End stream"
      question={`End ${path} for its publisher and for everybody who watches?`}
      onYes={() =>
        void attempt(() => api("DELETE /streams/{stream}", { path: { stream: path } }), `${path} is ended.`).then(onEnd)
      }
    />
  );
}
