import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { useEvents } from "../live/feed.ts";
import { useMay } from "../me.ts";
import { Failure } from "../parts/notice.tsx";
import { PublishBox } from "../parts/publish-box.tsx";
import { StreamCard } from "../parts/stream-card.tsx";
import { usePolled } from "../polled.ts";

const everyMs = 2_000;

/** What is live now; where nothing is, how to go live. */
export function LivePage() {
  const [wanted, setWanted] = useState("");
  const mayPublish = useMay("operator");
  const { value, error, again } = usePolled(() => api("GET /streams", { query: { limit: 200 } }), "streams", everyMs);
  useEvents((event) => event.kind === "stream" && again(), "live");
  const streams = value?.items.filter(({ path }) => path.includes(wanted.trim())) ?? [];
  const isEmpty = value?.items.length === 0;
  return (
    <>
      <div class="heading">
        <h1>Live</h1>
        {(value?.items.length ?? 0) > 8 ? (
          <input
            type="search"
            aria-label="Find a stream by its name"
            placeholder="Find a stream"
            value={wanted}
            onInput={({ currentTarget }) => setWanted(currentTarget.value)}
          />
        ) : null}
      </div>
      <Failure error={value ? undefined : error} />
      {isEmpty ? <p class="lead">Nothing is live yet. Point an encoder here, and it shows up by itself.</p> : null}
      <ul class="grid">
        {streams.map((stream) => (
          <li key={stream.path}>
            <StreamCard stream={stream} />
          </li>
        ))}
      </ul>
      {value?.next ? <p class="hint">There are more than 200 streams: the first are shown.</p> : null}
      {value && mayPublish ? <PublishBox isOpen={isEmpty} /> : null}
    </>
  );
}
