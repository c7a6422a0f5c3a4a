import { api } from "../api.ts";
import { useRelays } from "../live/relay-looks.ts";
import { useMay } from "../me.ts";
import { Empty, Failure } from "../parts/notice.tsx";
import { RelayTable } from "../parts/relay-table.tsx";
import { StartPush } from "../parts/start-push.tsx";
import { usePolled } from "../polled.ts";
import { addressOf } from "../route.ts";

const everyMs = 10_000;

/** What goes to other servers and what comes from there, of all streams. */
export function RelaysPage() {
  const { value, error, again, rates } = useRelays();
  const streams = usePolled(() => api("GET /streams", { query: { limit: 200 } }), "names", everyMs).value?.items ?? [];
  const { pushes, pulls } = value ?? { pushes: [], pulls: [] };
  return (
    <>
      <div class="heading">
        <h1>Relays</h1>
        <StartPush streams={streams.map(({ path }) => path)} onStart={again} />
      </div>
      <Failure error={error} />
      <section class="card">
        <h2>Sent to other servers</h2>
        {value && pushes.length === 0 ? <Empty>No stream is sent anywhere.</Empty> : null}
        {pushes.length > 0 ? (
          <RelayTable direction="push" relays={pushes} rates={rates} withStream onChange={again} />
        ) : null}
        <Where name="push">
          What is begun by hand lasts until it is stopped, or this server is; what is always sent stands in the
          configuration
        </Where>
      </section>
      <section class="card">
        <h2>Fetched from other servers</h2>
        {value && pulls.length === 0 ? <Empty>No stream comes from elsewhere.</Empty> : null}
        {pulls.length > 0 ? (
          <RelayTable direction="pull" relays={pulls} rates={rates} withStream onChange={again} />
        ) : null}
        <Where name="pull">Where the streams of an app come from stands in the configuration</Where>
      </section>
    </>
  );
}

function Where({ name, children }: { readonly name: "push" | "pull"; readonly children: string }) {
  const mayConfigure = useMay("owner");
  return (
    <p class="hint">
      {children}, under <code>apps.NAME.{name}</code>
      {mayConfigure ? (
        <>
          : <a href={addressOf("configuration")}>change it</a>
        </>
      ) : null}
      .
    </p>
  );
}
