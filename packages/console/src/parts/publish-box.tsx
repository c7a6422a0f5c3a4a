import type { ShownStreamKey } from "@sluice/api";
import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { isOnlyHere, type PublishAddresses, publishAddresses } from "../live/addresses.ts";
import { usePolled } from "../polled.ts";
import { useAnnounce } from "./announce.tsx";
import { Copy } from "./copy.tsx";
import { Field } from "./field.tsx";
import { Qr } from "./qr.tsx";

const noKey = "YOUR-KEY";

/** How to go live: a stream's name, a key for it, and what to copy into an encoder or to show to a phone. */
export function PublishBox({ isOpen }: { readonly isOpen: boolean }) {
  const [{ app, name }, setTarget] = useState({ app: "live", name: "test" });
  const [made, setMade] = useState<ShownStreamKey>();
  const { attempt } = useAnnounce();
  const { value: node } = usePolled(() => api("GET /node"), "node");
  const isMadeForIt = made?.app === app && made.stream === name;
  const key = isMadeForIt ? (made?.key ?? noKey) : noKey;
  const addresses = publishAddresses({ host: location.hostname, ports: node?.ports ?? {}, app, name, key });
  const make = (event: Event) => {
    event.preventDefault();
    const body = { app, stream: name, label: "made in the console" };
    void attempt(
      async () => setMade(await api("POST /keys", { body })),
      `The key for ${app}/${name} is made. It is shown only now.`,
    );
  };
  return (
    <details class="card publish" open={isOpen}>
      <summary>
        <h2>Go live</h2>
      </summary>
      <form class="row" onSubmit={make}>
        <Field label="App">
          {(id) => (
            <input
              id={id}
              value={app}
              required
              autocapitalize="none"
              spellcheck={false}
              onInput={({ currentTarget }) => setTarget({ app: currentTarget.value, name })}
            />
          )}
        </Field>
        <Field label="Stream name">
          {(id) => (
            <input
              id={id}
              value={name}
              required
              autocapitalize="none"
              spellcheck={false}
              onInput={({ currentTarget }) => setTarget({ app, name: currentTarget.value })}
            />
          )}
        </Field>
        <button type="submit">Make a key</button>
      </form>
      <p class="hint">
        {isMadeForIt
          ? "The key is shown only now: copy what you need. It can be disabled or replaced under Keys."
          : `${noKey} stands for a key: make one here, or take one that stands in sluice.yaml.`}
      </p>
      <Ways addresses={addresses} isReady={isMadeForIt} />
    </details>
  );
}

function Ways({ addresses, isReady }: { readonly addresses: PublishAddresses; readonly isReady: boolean }) {
  const { server, streamKey, url, ffmpeg, larix } = addresses;
  const [isPlain, setPlain] = useState(false);
  return (
    <div class="ways">
      <div>
        <h3>OBS</h3>
        <p class="hint">Settings, Stream, Service: Custom</p>
        <dl>
          <dt>Server</dt>
          <dd>
            <Copy name="the server for OBS" text={server} />
          </dd>
          <dt>Stream key</dt>
          <dd>
            <Copy name="the stream key for OBS" text={streamKey} />
          </dd>
        </dl>
        <h3>ffmpeg</h3>
        <Copy name="the command for ffmpeg" text={ffmpeg} />
        <h3>Everything else</h3>
        <Copy name="the address" text={url} />
      </div>
      <div class="phone">
        <h3>Phone</h3>
        {isReady ? (
          <>
            <Qr
              text={isPlain ? url : larix}
              label={isPlain ? "QR code of the address" : "QR code for Larix Broadcaster"}
            />
            <label class="check">
              <input
                type="checkbox"
                checked={isPlain}
                onChange={({ currentTarget }) => setPlain(currentTarget.checked)}
              />
              the plain address
            </label>
            <p class="hint">
              {isPlain
                ? "For any app that reads one."
                : "Scan it with the phone's camera: Larix Broadcaster takes it over."}
            </p>
          </>
        ) : (
          <p class="hint">Make a key, and a QR code for Larix Broadcaster stands here.</p>
        )}
        {isOnlyHere(location.hostname) ? (
          <p class="warned">A phone cannot reach {location.hostname}: open this page by the machine's own address.</p>
        ) : null}
      </div>
    </div>
  );
}
