import { useRelays } from "../live/relay-looks.ts";
import { useMay } from "../me.ts";
import { Empty } from "./notice.tsx";
import { RelayTable } from "./relay-table.tsx";
import { StartPush } from "./start-push.tsx";

/** Where one stream comes from and where it is sent, and the way to send it elsewhere too. */
export function RelayBox({ path }: { readonly path: string }) {
  const { value, again, rates } = useRelays(path);
  const mayStart = useMay("operator");
  const { pushes, pulls } = value ?? { pushes: [], pulls: [] };
  if (!value || (pushes.length === 0 && pulls.length === 0 && !mayStart)) return null;
  return (
    <section class="card">
      <h2>Other servers</h2>
      {pulls.length > 0 ? <RelayTable direction="pull" relays={pulls} rates={rates} onChange={again} /> : null}
      {pushes.length > 0 ? <RelayTable direction="push" relays={pushes} rates={rates} onChange={again} /> : null}
      {pushes.length === 0 ? <Empty>It is sent nowhere else.</Empty> : null}
      <div class="turn">
        <StartPush stream={path} onStart={again} />
      </div>
    </section>
  );
}
