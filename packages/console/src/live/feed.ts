import type { ServerEvent } from "@sluice/api";
import { useEffect, useState } from "preact/hooks";

type KeyOf<Event> = Event extends unknown ? keyof Event : never;
type FieldOf<Event, Key> = Event extends unknown ? (Key extends keyof Event ? Event[Key] : never) : never;
/** An event whose fields are looked at whatever its kind is: what only other kinds have is absent. */
export type AnyEvent = Pick<ServerEvent, "at" | "kind"> & {
  readonly [Key in Exclude<KeyOf<ServerEvent>, "at" | "kind">]?: FieldOf<ServerEvent, Key>;
};

const kinds = [
  "server",
  "stream",
  "transcoder",
  "relay",
  "drain",
  "session-opened",
  "session-ended",
  "session-refused",
];
const kept = 500;

let source: EventSource | undefined;
let lastAt = 0;
let lastNumber = 0;
let events: readonly AnyEvent[] = [];
const listeners = new Set<(event: AnyEvent) => void>();

/** Listens to what happens in the server, from what it still remembers on. The browser finds it again by itself. Returns what stops it. */
export function startFeed(): () => void {
  source = new EventSource("/api/v1/events?since=0");
  for (const kind of kinds) source.addEventListener(kind, take);
  return () => {
    source?.close();
    source = undefined;
    events = [];
    lastAt = 0;
    lastNumber = 0;
  };
}

/** Calls back with each event from now on. */
export function useEvents(listener: (event: AnyEvent) => void, key: string): void {
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [key]);
}

/** The newest events first, as far as they are wanted. */
export function useHistory(isWanted: (event: AnyEvent) => boolean, key: string): readonly AnyEvent[] {
  const [, setCount] = useState(0);
  useEvents(() => setCount((count) => count + 1), key);
  return events.filter(isWanted);
}

function take({ data, lastEventId }: MessageEvent<string>): void {
  const event = JSON.parse(data) as AnyEvent;
  const number = Number(lastEventId);
  // After an interruption the server tells again what it remembers. One that has restarted counts from 1 again.
  if (number <= lastNumber && event.at <= lastAt) return;
  lastNumber = number;
  lastAt = event.at;
  events = [event, ...events].slice(0, kept);
  for (const tell of listeners) tell(event);
}
