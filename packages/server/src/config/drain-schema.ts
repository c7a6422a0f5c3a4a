import { Type } from "typebox";
import { duration } from "./duration.ts";
import { section } from "./section.ts";
import { targetForm, targetPattern } from "./target.ts";

/** What becomes of clients when the server is stopped. */
export const drainSection = section(
  {
    to: Type.String({
      default: "",
      maxLength: 1_024,
      pattern: `^$|${targetPattern}`,
      form: `empty, or ${targetForm}`,
      description:
        "where RTMP clients that can be asked to (Enhanced RTMP's ReconnectRequest) are sent when the server is stopped; a host alone keeps each client's app. Empty asks nobody",
    }),
    wait: duration({
      default: "10s",
      shortest: "1s",
      longest: "10m",
      description: "how long the server then waits for them before it stops",
    }),
  },
  "what becomes of clients when the server is stopped",
);
