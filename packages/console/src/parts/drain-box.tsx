import type { Drain } from "@sluice/api";
import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { clockText, numberText } from "../format.ts";
import { useEvents } from "../live/feed.ts";
import { useMay } from "../me.ts";
import { usePolled } from "../polled.ts";
import { addressOf } from "../route.ts";
import { useAnnounce } from "./announce.tsx";
import { Confirm } from "./confirm.tsx";
import { Facts } from "./facts.tsx";
import { Field } from "./field.tsx";
import { Failure } from "./notice.tsx";
import { emptyWish, type Wish, WishFields, wishBody } from "./wish-fields.tsx";

const everyMs = 2_000;
const minuteMs = 60_000;

/** Empties the server of people before it is stopped, and shows who is left. */
export function DrainBox() {
  const mayDrain = useMay("operator");
  const { value: drain, error, again } = usePolled(() => api("GET /node/drain"), "drain", everyMs);
  useEvents(({ kind }) => (kind === "drain" || kind.startsWith("session")) && again(), "drain");
  if (!drain) return <Failure error={error} />;
  if (drain.state === "none" && !mayDrain) return null;
  return (
    <section class="card">
      <h2>Maintenance</h2>
      {drain.state === "none" ? (
        <p class="hint">
          For when it is to be stopped or updated: nobody new is let in, who understands is asked to go elsewhere, and
          who stays is served for a while.
        </p>
      ) : (
        <Progress drain={drain} />
      )}
      {mayDrain ? (
        <div class="turn">{drain.state === "none" ? <Begin onDone={again} /> : <Undo onDone={again} />}</div>
      ) : null}
    </section>
  );
}

function Progress({ drain }: { readonly drain: Drain }) {
  const { state, asked, askedLeft, publishersLeft, viewersLeft, endsAt, tcUrl, description } = drain;
  const gone = asked - askedLeft;
  const facts: [string, string | undefined][] = [
    ["Publishers left", numberText(publishersLeft)],
    ["Viewers left", numberText(viewersLeft)],
    ["Served until", state === "draining" && endsAt !== undefined ? clockText(endsAt) : undefined],
    ["Sent to", tcUrl],
    ["Why", description],
  ];
  return (
    <>
      <p class={state === "drained" ? "good" : "warned"}>
        {state === "drained"
          ? "Nobody is left, and nobody is let in: it may be stopped."
          : "It is being emptied: nobody new is let in."}
      </p>
      {asked > 0 ? (
        <ol class="ladder">
          <li>
            <b>Asked to go</b>
            <span class="bar" aria-hidden="true">
              <span class="planned" style={{ width: "100%" }} />
              <span class="now" style={{ width: `${(100 * gone) / asked}%` }} />
            </span>
            <span class="figures">
              {numberText(gone)} of {numberText(asked)} have gone
            </span>
          </li>
        </ol>
      ) : null}
      <Facts facts={facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))} />
      {publishersLeft + viewersLeft > 0 ? (
        <p class="turn">
          <a href={addressOf("sessions")}>Who is left</a>
        </p>
      ) : null}
    </>
  );
}

function Begin({ onDone }: { readonly onDone: () => void }) {
  const [wish, setWish] = useState<Wish>(emptyWish);
  const [minutes, setMinutes] = useState("5");
  const { attempt } = useAnnounce();
  const begin = () => {
    const body = { ...wishBody(wish), graceMs: Math.round(Number(minutes) * minuteMs) };
    return attempt(() => api("POST /node/drain", { body }), "The server is being emptied.").then(onDone);
  };
  return (
    <Confirm
      label="Empty this server"
      question="Let nobody in any more, and ask everybody who understands to go elsewhere? Load balancers are told to send people elsewhere, too."
      onYes={() => void begin()}
    >
      <WishFields wish={wish} onChange={setWish} />
      <Field label="Served for, in minutes" hint="then whoever is left is sent away">
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            type="number"
            min="1"
            max="1440"
            step="1"
            required
            value={minutes}
            onInput={({ currentTarget }) => setMinutes(currentTarget.value)}
          />
        )}
      </Field>
    </Confirm>
  );
}

function Undo({ onDone }: { readonly onDone: () => void }) {
  const { attempt } = useAnnounce();
  const undo = () => attempt(() => api("DELETE /node/drain"), "The server takes sessions again.").then(onDone);
  return (
    <Confirm
      label="Take sessions again"
      question="Let people in again? Who has been asked to go elsewhere goes all the same."
      mild
      onYes={() => void undo()}
    />
  );
}
