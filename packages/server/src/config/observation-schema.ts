import { Type } from "typebox";
import { networkText } from "./network.ts";
import { section } from "./section.ts";

/** Figures for Prometheus. */
export const metricsSection = section(
  {
    enabled: Type.Boolean({ default: true, description: "whether there is /metrics, on the HTTP ports" }),
    from: Type.Array(networkText(), {
      default: ["127.0.0.1", "::1"],
      maxItems: 100,
      description:
        "who may read it without saying who they are; everybody else needs an account, or an API token with the scope `read`. What came through a proxy needs one too",
    }),
    streams: Type.Integer({
      default: 200,
      minimum: 0,
      maximum: 10_000,
      description: "how many streams, the busiest, have figures of their own; 0 for none",
    }),
  },
  "metrics for Prometheus",
);

/** Traces for whatever takes OpenTelemetry's. */
export const tracingSection = section(
  {
    endpoint: Type.String({
      default: "",
      maxLength: 1024,
      pattern: "^(?:https?://\\S+)?$",
      form: "an address such as http://127.0.0.1:4318/v1/traces",
      description: "where traces are sent (OTLP over HTTP, as JSON); empty for nowhere",
    }),
    headers: Type.Array(
      Type.String({ maxLength: 2048, pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+=[\\x20-\\x7e]*$", form: "NAME=VALUE" }),
      {
        default: [],
        maxItems: 20,
        secret: true,
        description: "headers that go with them, as NAME=VALUE; what takes them may want a token there",
      },
    ),
    oneIn: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 1_000_000,
      description: "of how many sessions one is traced; 1 traces all",
    }),
  },
  "traces of how sessions begin, for OpenTelemetry",
);
