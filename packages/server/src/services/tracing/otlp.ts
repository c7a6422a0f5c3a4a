import { version } from "../../core/version.ts";
import type { Span } from "./spans.ts";

/** OTLP's numbers for a span's kind (opentelemetry-proto, trace.proto). */
const Kind = { internal: 1, server: 2 } as const;

/** Spans as the body of a request to `/v1/traces`: OTLP 1 over HTTP, as JSON. */
export function otlpBody(spans: readonly Span[], instance: string): string {
  const resource = { "service.name": "sluice", "service.version": version, "service.instance.id": instance };
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributes(resource) },
        scopeSpans: [{ scope: { name: "sluice", version }, spans: spans.map(spanJson) }],
      },
    ],
  });
}

function spanJson({ trace, id, parent, name, from, to, attributes: own }: Span): object {
  return {
    traceId: trace,
    spanId: id,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    name,
    kind: parent === undefined ? Kind.server : Kind.internal,
    startTimeUnixNano: nanoseconds(from),
    endTimeUnixNano: nanoseconds(to),
    attributes: attributes(own),
    status: {},
  };
}

function attributes(values: Span["attributes"]): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === "boolean" ? { boolValue: value } : { stringValue: value },
  }));
}

/** As text, since they are beyond what a number holds; exact to the microsecond. */
function nanoseconds(ms: number): string {
  return `${Math.round(ms * 1000)}000`;
}
