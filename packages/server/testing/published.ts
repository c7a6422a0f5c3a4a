import type { TestContext } from "node:test";
import { Events } from "../src/core/events.ts";
import { Hub } from "../src/core/hub.ts";
import { Pacer } from "../src/core/pacer.ts";
import { defaultLogLimits } from "../src/core/packet-log.ts";
import type { Paths } from "../src/core/paths.ts";
import type { Source } from "../src/core/source.ts";
import type { Stream } from "../src/core/stream.ts";
import { streamName } from "../src/core/stream-name.ts";

/** A stream that is being published, in a hub of its own. Its viewers are never let go of; `keepUs` of it is kept, and they may be `maxLagUs` behind. */
export function published(
  t: TestContext,
  { keepUs = defaultLogLimits.keepUs, maxLagUs = 8_000_000, paths }: Options = {},
): { readonly stream: Stream; readonly source: Source } {
  const name = streamName("live", "cam");
  if (!name) throw new Error("the test's own name is not allowed");
  const hub = new Hub({
    pacer: new Pacer(),
    events: new Events(),
    app: () => ({
      duplicate: "same-key",
      holdMs: 60_000,
      log: { ...defaultLogLimits, keepUs },
      cursor: { maxLagUs, stallMs: 600_000 },
    }),
    limits: () => ({ maxStreams: 3 }),
    ...(paths && { paths }),
  });
  t.after(() => hub.close("the test is over"));
  const granted = hub.publish(name, undefined, { closed: () => {} });
  if (!("source" in granted)) throw new Error(granted.reason);
  return granted;
}

type Options = { readonly keepUs?: number; readonly maxLagUs?: number; readonly paths?: Paths };
