import { catalogue } from "../packages/server/src/services/metrics/catalogue.ts";

type Shown = (typeof catalogue)[string][number];

/** docs/metrics.md: every figure that /metrics tells, read off the program. */
export function metricsPage(): string {
  const parts = Object.entries(catalogue).flatMap(([heading, metrics]) => [`### ${heading}`, table(metrics)]);
  return `${[introduction, ...parts, traces].join("\n\n")}\n`;
}

const introduction = `# Metrics and traces

This page is made from the program by \`npm run docs\`; do not edit it.

## Metrics

\`/metrics\`, on the HTTP and HTTPS ports, tells how the server is, in the text format of Prometheus, or as OpenMetrics to
who asks for that. Everything that reads Prometheus' format can use it.

\`\`\`yaml
# prometheus.yml
scrape_configs:
  - job_name: sluice
    static_configs:
      - targets: [127.0.0.1:8080]
\`\`\`

To look at it yourself:

\`\`\`sh runnable
curl -s http://127.0.0.1:8080/metrics | grep '^sluice_streams{'
\`\`\`

\`\`\`text output
sluice_streams{state="waiting"} 0
sluice_streams{state="live"} 1
sluice_streams{state="held"} 0
\`\`\`

**Who may read it.** Figures tell strangers how many watch what, so they are not for everybody: this machine may read
them, and what else [\`metrics.from\`](configuration.md#metrics) names. From everywhere else it takes an API token with the
scope \`read\` (\`authorization: { credentials: TOKEN }\` in Prometheus), or an account's name and password
(\`basic_auth\`). A request that a proxy has passed on needs one of these too, since all its requests come from the same
address; that a proxy did is seen by \`X-Forwarded-For\`, \`Forwarded\`, \`X-Real-IP\` or \`Via\`, so let yours send one of
them. \`metrics.enabled: false\` switches the page off.

**How many there are.** Labels have few values: protocols, roles, rules, and the apps of the configuration, of which 200
have figures of their own. Of streams the busiest have, as many as \`metrics.streams\` says (200; \`0\` for none). All
others together are \`other\`. Streams that nobody publishes have none, since anybody can ask for any name.

**What it costs.** Nothing is counted twice: most figures are those that the server has for itself, and are read when
somebody asks. What sessions carried that are over is added up when they end. With 5,000 sessions one answer takes a few
milliseconds; \`npm run bench -- --only metrics\` measures it.

**The dashboard.** [\`packaging/grafana/sluice.json\`](../packaging/grafana/sluice.json) shows them in Grafana (10 or
newer): Dashboards, New, Import, and choose the Prometheus that has them.

Times are in seconds and sizes in bytes. A counter begins at zero with each start of the server; a histogram has
\`_bucket\`, \`_sum\` and \`_count\`. What has not happened yet is not there.`;

const traces = `## Traces

Where [\`tracing.endpoint\`](configuration.md#tracing) is set, the server tells how sessions began, to whatever takes
OpenTelemetry's traces over HTTP (OTLP, as JSON): the OpenTelemetry Collector, Jaeger, Tempo.

\`\`\`yaml
tracing:
  endpoint: http://127.0.0.1:4318/v1/traces
  oneIn: 100          # one session of a hundred
\`\`\`

A session is one trace. Its root is \`watch\` or \`publish\`, with \`sluice.protocol\`, \`sluice.stream\`, \`sluice.session\` (as
in the log), and \`sluice.waited\` where the viewer was there before the publisher. Under it are the steps, each from the
end of the one before it:

| span | until |
|---|---|
| \`accept\` | the handshake is over, TLS' and the protocol's; over HTTP: the request is there. Absent where the connection has served something before |
| \`request\` | a client over RTMP has said what it wants |
| \`access\` | it is decided that it may |
| \`join\` | it has its place in the stream; over HLS and DASH: there is a segment |
| \`first byte\` | the first byte of media goes out, or has come from a publisher; over HLS and DASH: the playlist goes out |

Traces are sent behind everybody's back, some at a time. While nothing takes them no session waits and nothing is kept:
the log says it once, and it is tried again later and later. Neither addresses nor anything secret is in them.`;

function table(metrics: readonly Shown[]): string {
  const rows = metrics.map(({ name, kind, labels, help }) => {
    const names = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${kind} | ${names} | ${help} |`;
  });
  return ["| metric | kind | labels | meaning |", "|---|---|---|---|", ...rows].join("\n");
}
