import { useState } from "preact/hooks";
import { clockText } from "../format.ts";
import { type AnyEvent, useHistory } from "../live/feed.ts";

const few = 12;
const most = 200;

/** What has happened, the newest first; all of the server's where no stream is named. */
export function Timeline({ path }: { readonly path?: string }) {
  const key = path ?? "";
  const [shown, setShown] = useState(few);
  const events = useHistory(({ stream }) => path === undefined || stream === path, key)
    .filter(isNews)
    .slice(0, shown);
  if (events.length === 0) return null;
  return (
    <section class="card">
      <h2>What happened</h2>
      <ol class="timeline">
        {events.slice(0, shown).map((event, index) => (
          <li key={`${event.at} ${index}`} data-kind={event.kind}>
            <time dateTime={new Date(event.at).toISOString()}>{clockText(event.at)}</time>
            <span>
              {path === undefined && event.stream ? <b>{event.stream} </b> : null}
              {told(event)}
            </span>
          </li>
        ))}
      </ol>
      {events.length > shown ? (
        <button type="button" class="quiet" onClick={() => setShown(most)}>
          What happened before
        </button>
      ) : null}
    </section>
  );
}

/** A stream tells its state with each track that comes: that it still is what it was is no news. */
function isNews(event: AnyEvent, at: number, all: readonly AnyEvent[]): boolean {
  if (event.kind !== "stream") return true;
  const before = all.slice(at + 1).find(({ kind, stream }) => kind === event.kind && stream === event.stream);
  return before?.state !== event.state;
}

const drained: Readonly<Record<string, string>> = {
  undone: "the server takes sessions again",
  over: "the server is empty",
};

/** An event as a sentence. */
export function told(event: AnyEvent): string {
  const { kind, state, reason, role, protocol, session, rule } = event;
  const who = `${role} ${session ?? ""} over ${protocol}`;
  switch (kind) {
    case "server":
      return state === "listening" ? "the server has started" : "the server stops";
    case "stream":
      return `the stream is ${state === "held" ? "interrupted" : state}`;
    case "transcoder":
      return `its qualities: ${state}${reason ? `, ${reason}` : ""}`;
    case "relay":
      return relayed(event);
    case "drain":
      return drained[state ?? ""] ?? "the server is being emptied";
    case "session opened":
      return `${who} has come`;
    case "session ended":
      return `${who} has gone: ${reason}`;
    case "session refused":
      return `a ${role} over ${protocol} was refused (${rule})`;
    default:
      return [kind, state, reason].filter(Boolean).join(" ");
  }
}

function relayed({ direction, target, state, reason }: AnyEvent): string {
  const way = direction === "push" ? `it is sent to ${target}` : `it comes from ${target}`;
  switch (state) {
    case "started":
      return way;
    case "moved":
      return `${way} now, as the other server asked`;
    case "lost":
      return `${way} no more, and that is tried again: ${reason}`;
    default:
      return `${way} no more: ${reason}`;
  }
}
