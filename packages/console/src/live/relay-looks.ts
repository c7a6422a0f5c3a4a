import type { Relay } from "@sluice/api";
import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { usePolled } from "../polled.ts";
import { useEvents } from "./feed.ts";
import { RelayRates } from "./relay-rates.ts";

const everyMs = 2_000;

/** What goes to other servers and comes from there. */
export type RelayLook = { readonly pushes: readonly Relay[]; readonly pulls: readonly Relay[] };

/** Looks at the relays of a stream, or at all; and again whenever one begins or ends. */
export function useRelays(stream?: string): {
  readonly value: RelayLook | undefined;
  readonly error: Error | undefined;
  readonly again: () => void;
  readonly rates: RelayRates;
} {
  const key = `relays ${stream ?? ""}`;
  const [rates] = useState(() => new RelayRates());
  const isWanted = (relay: { readonly stream: string }) => stream === undefined || relay.stream === stream;
  const look = async (): Promise<RelayLook> => {
    const [pushes, pulls] = await Promise.all([api("GET /pushes"), api("GET /pulls")]);
    const found = { pushes: pushes.items.filter(isWanted), pulls: pulls.items.filter(isWanted) };
    rates.look([...found.pushes, ...found.pulls], Date.now());
    return found;
  };
  const { value, error, again } = usePolled(look, key, everyMs);
  useEvents((event) => event.kind === "relay" && isWanted({ stream: event.stream ?? "" }) && again(), key);
  return { value, error, again, rates };
}
