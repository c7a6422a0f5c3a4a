import assert from "node:assert/strict";
import test from "node:test";
import { table } from "./table.ts";
import { bitrateText, bytesText, durationText } from "./units.ts";

test("a table is as wide as what is in it, or as the terminal: the widest column gives way", () => {
  const rows = [{ id: "1", address: "2001:db8:85a3::8a2e:370:7334", agent: "Mozilla/5.0 (X11; Linux x86_64)" }];
  const columns = ["id", "address", "agent"] as const;
  assert.equal(
    table(rows, columns),
    "id  address                       agent\n1   2001:db8:85a3::8a2e:370:7334  Mozilla/5.0 (X11; Linux x86_64)",
  );
  const lines = table(rows, columns, 40).split("\n");
  assert.ok(lines.every((line) => line.length <= 40));
  assert.match(lines[1] ?? "", /^1 {3}2001:db8:85a3::8…? *.*…$/);
  assert.ok(table(rows, columns, 5).includes("…"), "no column goes altogether");
});

test("figures have units that people read", () => {
  assert.deepEqual([0, 1_023, 1_536, 5 * 2 ** 30].map(bytesText), ["0 B", "1023 B", "1.5 KiB", "5.0 GiB"]);
  assert.deepEqual([900, 2_400_000, 250_000].map(bitrateText), ["900 bit/s", "2.4 Mbit/s", "250 kbit/s"]);
  assert.deepEqual([5, 65, 3_900, 90_000].map(durationText), ["5s", "1m 05s", "1h 05m", "1d 01h"]);
  assert.equal(
    table(
      [{ bytes: 2_048, seconds: 61, openedAt: "2026-01-31T20:15:00.123Z" }],
      ["bytes", "seconds", "openedAt"],
    ).split("\n")[1],
    "2.0 KiB  1m 01s   2026-01-31T20:15:00Z",
  );
});
