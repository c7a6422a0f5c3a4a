import type { Relay } from "@sluice/api";
import { api } from "../api.ts";
import { bitrateText, bytesText, clockText, countText, durationText, millisecondsText, plainText } from "../format.ts";
import type { RelayRates } from "../live/relay-rates.ts";
import { useMay } from "../me.ts";
import { addressOf } from "../route.ts";
import { useAnnounce } from "./announce.tsx";
import { Confirm } from "./confirm.tsx";
import { type Column, Table } from "./table.tsx";

type RelayTableProps = {
  readonly direction: "push" | "pull";
  readonly relays: readonly Relay[];
  readonly rates: RelayRates;
  /** Where they are not all of one stream. */
  readonly withStream?: boolean;
  readonly onChange: () => void;
};

const words: Readonly<Record<Relay["state"], string>> = {
  waiting: "waits",
  connecting: "connecting",
  sending: "sending",
  receiving: "receiving",
  "backing off": "not connected",
  failed: "given up",
};

/** Where streams are sent, or where they come from, and how that does. */
export function RelayTable({ direction, relays, rates, withStream = false, onChange }: RelayTableProps) {
  const mayStop = useMay("operator") && direction === "push";
  const isPush = direction === "push";
  const columns: Column<Relay>[] = [
    ...(withStream ? [{ title: "Stream", cell: streamLink }] : []),
    { title: isPush ? "To" : "From", cell: isPush ? targetAndOrigin : ({ target }) => target },
    { title: "State", cell: (relay) => stateOf(relay, isPush) },
    { title: "Since", cell: since, number: true },
    { title: "Media", cell: (relay) => carried(relay, rates), number: true },
    ...(isPush ? [{ title: "Behind", cell: behind, number: true }] : []),
    { title: "Reconnects", cell: retries, number: true },
    ...(mayStop
      ? [{ title: "Actions", cell: (relay: Relay) => <Stop relay={relay} onChange={onChange} />, quiet: true }]
      : []),
  ];
  const caption = isPush ? "Sent to other servers" : "Fetched from other servers";
  return <Table caption={caption} columns={columns} rows={relays} keyOf={({ id }) => id} />;
}

function streamLink({ stream }: Relay) {
  return <a href={addressOf("streams", stream)}>{stream}</a>;
}

function targetAndOrigin({ target, byHand }: Relay) {
  return (
    <>
      {target}
      <small class="hint below">{byHand ? "begun by hand" : "in the configuration"}</small>
    </>
  );
}

function stateOf({ state, reason, retryAt, lastError }: Relay, isPush: boolean) {
  const why = isPush && state === "waiting" && reason === "" ? "the stream is not live" : plainText(reason);
  const isBad = state === "backing off" || state === "failed";
  return (
    <>
      <span class={isBad ? "warned" : state === "sending" || state === "receiving" ? "good" : ""}>{words[state]}</span>
      {why === "" ? null : <small class={isBad ? "warned below" : "hint below"}>{why}</small>}
      {retryAt === undefined ? null : <small class="hint below">tries again at {clockText(retryAt)}</small>}
      {lastError && lastError.reason !== reason ? (
        <small class="hint below">
          last error, {clockText(lastError.at)}: {plainText(lastError.reason)}
        </small>
      ) : null}
    </>
  );
}

function since({ runningSince }: Relay) {
  return runningSince === undefined ? "–" : durationText((Date.now() - runningSince) / 1000);
}

function carried({ id, bytes, runningSince }: Relay, rates: RelayRates) {
  const bitrate = runningSince === undefined ? undefined : rates.bitrate(id);
  return (
    <>
      {bytesText(bytes)}
      {bitrate === undefined ? null : <small class="hint below">{bitrateText(bitrate)}</small>}
    </>
  );
}

function behind({ lagMs }: Relay) {
  return lagMs === undefined ? "–" : millisecondsText(lagMs);
}

function retries({ restarts, moves }: Relay) {
  return (
    <>
      {restarts}
      {moves > 0 ? <small class="hint below">{countText(moves, "move", "moves")}</small> : null}
    </>
  );
}

function Stop({ relay, onChange }: { readonly relay: Relay; readonly onChange: () => void }) {
  const { attempt } = useAnnounce();
  const { id, stream, target, byHand, state } = relay;
  if (!byHand && (state === "waiting" || state === "failed")) return null; // it does nothing that could be stopped
  const stop = () =>
    attempt(() => api("DELETE /pushes/{id}", { path: { id } }), `${stream} is sent to ${target} no more.`).then(
      onChange,
    );
  const after = byHand
    ? "It is gone from the list then."
    : "It stands in the configuration: it is sent there again when the stream begins anew.";
  return (
    <div class="row end">
      <Confirm
        label="Stop"
        about={`sending ${stream} to ${target}`}
        question={`Send ${stream} to ${target} no more? ${after}`}
        onYes={() => void stop()}
      />
    </div>
  );
}
