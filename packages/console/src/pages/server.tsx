import type { ServerNode } from "@sluice/api";
import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { bytesText, durationText, millisecondsText, momentText, numberText, percentText } from "../format.ts";
import { Samples } from "../live/samples.ts";
import { Chart } from "../parts/chart.tsx";
import { DrainBox } from "../parts/drain-box.tsx";
import { Facts } from "../parts/facts.tsx";
import { Failure } from "../parts/notice.tsx";
import { Table } from "../parts/table.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { usePolled } from "../polled.ts";
import { addressOf } from "../route.ts";

const everyMs = 5_000;

/** How the machine and the process do. */
export function ServerPage() {
  const [samples] = useState(() => new Samples());
  const ask = async () => {
    const node = await api("GET /node");
    const { cpu, memory, eventLoop, sockets } = node;
    samples.add(Date.now() / 1000, { cpu, memory: memory.rss, delay: eventLoop.p99Ms, sockets });
    return node;
  };
  const { value: node, error } = usePolled(ask, "node", everyMs);
  return (
    <>
      <div class="heading">
        <h1>Server</h1>
      </div>
      <Failure error={error} />
      {node ? <NodeFacts node={node} /> : null}
      <DrainBox />
      <section class="card charts" aria-label="Graphs">
        <Drawn samples={samples} title="Processor" name="cpu" label="cores' worth" format={percentText} />
        <Drawn samples={samples} title="Memory" name="memory" label="resident" format={bytesText} />
        <Drawn
          samples={samples}
          title="Event-loop delay"
          name="delay"
          label="99 of 100 below"
          format={millisecondsText}
        />
        <Drawn samples={samples} title="Sockets" name="sockets" label="open" format={numberText} />
      </section>
      <Transcoders />
      <Timeline />
    </>
  );
}

function NodeFacts({ node }: { readonly node: ServerNode }) {
  const { version, node: runtime, platform, startedAt, memory, eventLoop, window, ports } = node;
  return (
    <section class="card">
      <Facts
        facts={[
          ["Version", `Sluice ${version}`],
          ["Runs on", `Node ${runtime}, ${platform}`],
          ["Since", `${momentText(startedAt)} (${durationText((Date.now() - startedAt) / 1000)})`],
          ["Streams", numberText(node.streams)],
          ["Publishers", numberText(node.publishers)],
          ["Viewers", numberText(node.viewers)],
          ["Memory of JavaScript", `${bytesText(memory.heapUsed)}, and ${bytesText(memory.external)} beside`],
          ["Event loop in use", percentText(eventLoop.utilization)],
          ["Longest delay", millisecondsText(eventLoop.maxMs)],
          ["Common writes wait", millisecondsText(window)],
          ...Object.entries(ports).map(([name, port]): [string, string] => [name, String(port)]),
        ]}
      />
    </section>
  );
}

type DrawnProps = {
  readonly samples: Samples;
  readonly title: string;
  readonly name: string;
  readonly label: string;
  readonly format: (value: number) => string;
};

function Drawn({ samples, title, name, label, format }: DrawnProps) {
  const [times = [], values = []] = samples.data([name]);
  return <Chart title={title} times={times as number[]} series={[{ label, values }]} format={format} />;
}

/** The streams for which other qualities are made, or should be. */
function Transcoders() {
  const { value } = usePolled(() => api("GET /streams", { query: { limit: 200 } }), "transcoders", everyMs);
  const made = value?.items.filter(({ ladder }) => ladder?.state !== undefined) ?? [];
  if (made.length === 0) return null;
  return (
    <section class="card">
      <h2>Transcoders</h2>
      <Table
        caption="Transcoders"
        rows={made}
        keyOf={({ path }) => path}
        columns={[
          { title: "Stream", cell: ({ path }) => <a href={addressOf("streams", path)}>{path}</a> },
          { title: "State", cell: ({ ladder }) => [ladder?.state, ladder?.reason].filter(Boolean).join(": ") },
          { title: "By", cell: ({ ladder }) => [ladder?.engine, ladder?.encoder].filter(Boolean).join(", ") || "–" },
          { title: "Cores", cell: ({ ladder }) => numberText(ladder?.cores ?? 0), number: true },
          { title: "Restarts", cell: ({ ladder }) => numberText(ladder?.restarts ?? 0), number: true },
        ]}
      />
    </section>
  );
}
