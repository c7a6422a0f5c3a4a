import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { readYaml } from "../packages/server/src/config/yaml-text.ts";
import { renderChart } from "./chart.ts";

const packaging = fileURLToPath(new URL("../packaging/", import.meta.url));
const chart = join(packaging, "helm/sluice");
const read = (path: string) => readFileSync(join(packaging, path), "utf8");
const state = "/var/lib/sluice";
const ports = { http: 8080, https: 8443, rtmp: 1935, rtmps: 1936 };
const pod = "StatefulSet.spec.template.spec";

/** What a text holds as YAML, null for nothing. */
function yaml(text: string): unknown {
  const { value = null, problems } = readYaml(text);
  assert.deepEqual(problems, [], text);
  return structuredClone(value); // with prototypes, as literals have them
}

/** What stands at a path, such as `Service.spec.ports.0.name`; `*` is each of a list. */
function at(value: unknown, path: string): unknown {
  const [step = "", ...rest] = path.split(".");
  if (step === "" || value === undefined || value === null) return value;
  if (step === "*") return (value as readonly unknown[]).map((each) => at(each, rest.join(".")));
  return at((value as Readonly<Record<string, unknown>>)[step], rest.join("."));
}

/** The objects of the chart by their kind. */
function objects(values: Readonly<Record<string, unknown>> = {}): unknown {
  const made = [...renderChart(chart, values)].filter(([name]) => name !== "NOTES.txt").map(([, text]) => yaml(text));
  return Object.fromEntries(made.filter((each) => each !== null).map((each) => [at(each, "kind"), each]));
}

/** The lines of the image's last stage, those that go on put together. */
function stages(): readonly (readonly string[])[] {
  const whole = read("Dockerfile").replaceAll(/\\\n\s*/g, "");
  const lines = whole.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const last = lines.findLastIndex((line) => line.startsWith("FROM"));
  return [lines.slice(0, last), lines.slice(last)];
}

test("the image has the program alone, runs as nobody, and says whether it is well", () => {
  const [build = [], last = []] = stages();
  const line = (word: string) => last.filter((each) => each.startsWith(`${word} `)).join("\n");
  assert.equal(line("COPY"), "COPY --from=build /sluice /opt/sluice");
  assert.match(line("USER"), /^USER [1-9]\d*:[1-9]\d*$/);
  assert.match(line("HEALTHCHECK"), /\/healthz/);
  assert.equal(line("VOLUME"), `VOLUME ${state}`);
  assert.equal(line("EXPOSE"), `EXPOSE ${Object.values(ports).sort().join(" ")}`);
  for (const each of [...build, ...last].filter((from) => from.startsWith("FROM"))) assert.match(each, /^FROM \S+:\S+/);
  assert.match(line("RUN"), /apt-get install -y --no-install-recommends ffmpeg && rm -rf \/var\/lib\/apt\/lists/);
});

test("no configuration, key or history gets into an image", () => {
  const left = read("Dockerfile.dockerignore").split("\n");
  for (const each of ["**/sluice.yaml", "**/.sluice", ".git", "**/node_modules"]) assert.ok(left.includes(each), each);
});

test("the compose file names the volume, the ports and no more rights than are needed", () => {
  const compose = yaml(read("compose.yaml"));
  const published = Object.values(ports).map((port) => `${port}:${port}`);
  assert.deepEqual([...(at(compose, "services.sluice.ports") as string[])].sort(), published.sort());
  assert.deepEqual(at(compose, "services.sluice.volumes"), [`sluice:${state}`]);
  assert.deepEqual(at(compose, "volumes"), { sluice: {} });
  assert.equal(at(compose, "services.sluice.read_only"), true);
  assert.deepEqual(at(compose, "services.sluice.cap_drop"), ["ALL"]);
});

test("the chart, as it comes, is a service and a server with its storage, which writes its own configuration", () => {
  const made = objects();
  const container = at(made, `${pod}.containers.0`);
  const named = (names: unknown, numbers: unknown) =>
    Object.fromEntries((names as string[]).map((name, index) => [name, (numbers as number[])[index]]));
  assert.equal(at(made, "Secret"), undefined);
  assert.deepEqual(at(made, "StatefulSet.spec.selector.matchLabels"), at(made, "Service.spec.selector"));
  const labels = at(made, "StatefulSet.spec.template.metadata.labels") as object;
  assert.deepEqual({ ...labels, ...(at(made, "Service.spec.selector") as object) }, labels);
  assert.deepEqual(named(at(made, "Service.spec.ports.*.name"), at(made, "Service.spec.ports.*.port")), ports);
  assert.deepEqual(named(at(container, "ports.*.name"), at(container, "ports.*.containerPort")), ports);
  const probes = ["startupProbe", "livenessProbe", "readinessProbe"].map((name) => at(container, `${name}.httpGet`));
  assert.deepEqual(probes, [
    { path: "/healthz", port: "http" },
    { path: "/healthz", port: "http" },
    { path: "/readyz", port: "http" },
  ]);
  assert.deepEqual(at(container, "volumeMounts.*.mountPath"), [state, "/tmp"]);
  assert.deepEqual(at(made, "StatefulSet.spec.volumeClaimTemplates.*.metadata.name"), ["state"]);
  assert.equal(at(made, "StatefulSet.spec.serviceName"), at(made, "Service.metadata.name"));
  assert.equal(at(container, "image"), "sluice:0.1.0");
  assert.equal(at(made, `${pod}.securityContext.runAsNonRoot`), true);
  assert.equal(at(container, "securityContext.readOnlyRootFilesystem"), true);
});

test("the chart with a configuration mounts it from a secret, and another one makes another pod", () => {
  const config = { auth: "key", apps: { live: { hold: "0s" } } };
  const one = objects({ config });
  const two = objects({ config: { auth: "open" } });
  const stringData = at(one, "Secret.stringData") as Readonly<Record<string, string>>;
  assert.deepEqual(yaml(stringData["sluice.yaml"] ?? ""), config);
  const sum = (made: unknown) =>
    (at(made, "StatefulSet.spec.template.metadata.annotations") as Record<string, string>)["checksum/config"];
  assert.notEqual(sum(one), sum(two));
  assert.deepEqual(at(one, `${pod}.volumes.*.name`), ["tmp", "config"]);
  assert.equal(at(one, `${pod}.volumes.1.secret.secretName`), at(one, "Secret.metadata.name"));
  assert.deepEqual(at(one, `${pod}.containers.0.volumeMounts.*.mountPath`), [state, "/tmp", `${state}/sluice.yaml`]);
});

test("the chart takes a secret that is there, further settings, and goes without storage", () => {
  const made = objects({
    config: { auth: "open" },
    existingSecret: "mine",
    env: [{ name: "SLUICE_LOG_FORMAT", value: "json" }],
    persistence: { enabled: false },
    service: { type: "ClusterIP", annotations: { "example.com/a": "b" } },
    nodeSelector: { disk: "ssd" },
    tolerations: [{ key: "live", operator: "Exists" }],
    imagePullSecrets: [{ name: "registry" }],
    podAnnotations: { "prometheus.io/scrape": "true" },
  });
  assert.equal(at(made, "Secret"), undefined);
  assert.deepEqual(at(made, `${pod}.volumes.*.name`), ["tmp", "config", "state"]);
  assert.equal(at(made, `${pod}.volumes.1.secret.secretName`), "mine");
  assert.equal(at(made, "StatefulSet.spec.volumeClaimTemplates"), undefined);
  assert.equal(at(made, `${pod}.containers.0.env.4.name`), "SLUICE_LOG_FORMAT");
  assert.deepEqual(at(made, "Service.metadata.annotations"), { "example.com/a": "b" });
  assert.equal(at(made, "Service.spec.externalTrafficPolicy"), undefined);
  assert.deepEqual(at(made, `${pod}.nodeSelector`), { disk: "ssd" });
  assert.deepEqual(at(made, `${pod}.tolerations.*.key`), ["live"]);
});

test("every value of the chart is in its schema, and the other way round", () => {
  const schema: unknown = JSON.parse(read("helm/sluice/values.schema.json"));
  const values = yaml(read("helm/sluice/values.yaml"));
  const keys = (of: unknown) => Object.keys(of ?? {}).filter((name) => name !== "global");
  assert.deepEqual(keys(at(schema, "properties")).sort(), keys(values).sort());
  for (const name of ["image", "ports", "service", "persistence"])
    assert.deepEqual(keys(at(schema, `properties.${name}.properties`)).sort(), keys(at(values, name)).sort());
});

test("the chart's notes say where the key is to be found", () => {
  assert.match(renderChart(chart).get("NOTES.txt") ?? "", /kubectl --namespace default logs test-0/);
  assert.doesNotMatch(renderChart(chart, { config: { auth: "open" } }).get("NOTES.txt") ?? "", /logs/);
});

test("what the renderer does not know is an error", () => {
  assert.throws(() => renderChart(chart, { image: null }), /is looked for in what has no keys/);
});
