import type { Webhook } from "@sluice/api";
import { api } from "../api.ts";
import { clockText, momentText, numberText, plainText } from "../format.ts";
import { useMay } from "../me.ts";
import { useAnnounce } from "../parts/announce.tsx";
import { DeadLetters } from "../parts/dead-letters.tsx";
import { Empty, Failure } from "../parts/notice.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { usePolled } from "../polled.ts";
import { addressOf } from "../route.ts";

const everyMs = 3_000;
const words: Readonly<Record<Webhook["state"], string>> = {
  idle: "ready",
  sending: "sending",
  waiting: "waits, then tries again",
  off: "off",
};

/** Who is told over HTTP what happens, whether it arrives, and what was given up. */
export function WebhooksPage() {
  const { value, error, again } = usePolled(() => api("GET /hooks"), "hooks", everyMs);
  const mayConfigure = useMay("owner");
  return (
    <>
      <div class="heading">
        <h1>Webhooks</h1>
      </div>
      <Failure error={error} />
      <section class="card">
        <h2>Who is told</h2>
        {value?.items.length === 0 ? <Empty>Nobody yet.</Empty> : null}
        {value && value.items.length > 0 ? <Hooks hooks={value.items} onChange={again} /> : null}
        <p class="hint">
          Webhooks stand in the configuration, under <code>hooks</code>
          {mayConfigure ? (
            <>
              : <a href={addressOf("configuration")}>change it</a>
            </>
          ) : null}
          . Of their addresses only the host is shown.
        </p>
      </section>
      <DeadLetters onReplay={again} />
    </>
  );
}

function Hooks({ hooks, onChange }: { readonly hooks: readonly Webhook[]; readonly onChange: () => void }) {
  const columns: Column<Webhook>[] = [
    { title: "Host", cell: ({ host }) => host || "–", short: true },
    { title: "State", cell: stateOf },
    { title: "Waiting", cell: ({ queued }) => numberText(queued), number: true },
    { title: "Delivered", cell: ({ delivered }) => numberText(delivered), number: true },
    { title: "Failed attempts", cell: ({ failed }) => numberText(failed), number: true },
    { title: "Given up", cell: ({ dead, dropped }) => numberText(dead + dropped), number: true },
    {
      title: "Last delivery",
      cell: ({ lastDeliveredAt: at }) => (at === undefined ? "never" : momentText(at)),
      short: true,
    },
    { title: "Actions", quiet: true, cell: (hook) => <TestHook hook={hook} onChange={onChange} /> },
  ];
  return <Table caption="Webhooks" columns={columns} rows={hooks} keyOf={({ index }) => String(index)} />;
}

function stateOf({ state, lastError, lastDeliveredAt = 0 }: Webhook) {
  const isFailing = lastError !== undefined && lastError.at > lastDeliveredAt;
  return (
    <>
      {words[state]}
      {isFailing ? (
        <small class="warned below">
          {clockText(lastError.at)}: {plainText(lastError.reason)}
        </small>
      ) : null}
    </>
  );
}

function TestHook({ hook, onChange }: { readonly hook: Webhook; readonly onChange: () => void }) {
  const { attempt } = useAnnounce();
  if (hook.state === "off") return null;
  const test = async () => {
    const { arrived, reason } = await api("POST /hooks/{index}/test", { path: { index: String(hook.index) } });
    if (!arrived) throw new Error(`It has not arrived at ${hook.host}: ${reason}`);
  };
  return (
    <div class="row end">
      <button
        type="button"
        class="quiet"
        aria-label={`Test the webhook to ${hook.host}`}
        onClick={() => void attempt(test, `An event of the kind "test" has arrived at ${hook.host}.`).then(onChange)}
      >
        Test
      </button>
    </div>
  );
}
