import assert from "node:assert/strict";
import test from "node:test";
import { HlsValidator, type Snapshot } from "./hls-validator.ts";

const start = Date.UTC(2026, 0, 1);
const url = "http://host/live/cam/video.m3u8";
const other = "http://host/live/cam/audio.m3u8";
const partsOfSegment = 4;
const window = 8;
const headers = { "content-type": "application/vnd.apple.mpegurl", "cache-control": "max-age=1" };

const master = `#EXTM3U
#EXT-X-VERSION:10
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="cam/audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=3000000,AVERAGE-BANDWIDTH=2500000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000,AUDIO="aac"
cam/video.m3u8
`;

/** A playlist of segments of 2 s and parts of 0.5 s once `step` parts are there. Segment 5 begins anew. */
function playlistAt(step: number, name = "v", skip = false): string {
  const next = Math.floor(step / partsOfSegment);
  const first = Math.max(0, next - window);
  const lines = [
    "#EXTM3U",
    "#EXT-X-VERSION:10",
    "#EXT-X-TARGETDURATION:2",
    "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,HOLD-BACK=6,PART-HOLD-BACK=1.5",
    "#EXT-X-PART-INF:PART-TARGET=0.5",
    `#EXT-X-MEDIA-SEQUENCE:${first}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${first > 5 ? 1 : 0}`,
    "#EXT-X-INDEPENDENT-SEGMENTS",
  ];
  const skipped = skip && next - first === window ? 2 : 0;
  if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`);
  for (let msn = first + skipped; msn <= next; msn++) {
    lines.push(...segmentLines(msn, next, step, name, msn === first));
  }
  const [report, reported] = name === "v" ? ["audio.m3u8", step] : ["video.m3u8", step];
  const last = reported - 1;
  lines.push(
    `#EXT-X-PRELOAD-HINT:TYPE=PART,URI="${name}${next}.${step % partsOfSegment}.m4s"`,
    `#EXT-X-RENDITION-REPORT:URI="${report}",LAST-MSN=${Math.floor(last / partsOfSegment)},LAST-PART=${last % partsOfSegment}`,
    "",
  );
  return lines.join("\n");
}

function segmentLines(msn: number, next: number, step: number, name: string, isFirst: boolean): string[] {
  const lines: string[] = [];
  const count = msn < next ? partsOfSegment : step % partsOfSegment;
  if (msn === next && count === 0) return [];
  if (msn === 5) lines.push("#EXT-X-DISCONTINUITY");
  if (isFirst || msn === 5) {
    lines.push(`#EXT-X-MAP:URI="${name}-init${msn >= 5 ? 2 : 1}.mp4"`);
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(start + msn * 2_000).toISOString()}`);
  }
  for (let part = 0; part < count && msn >= next - 3; part++) {
    const independent = part === 0 ? ",INDEPENDENT=YES" : "";
    lines.push(`#EXT-X-PART:DURATION=0.5,URI="${name}${msn}.${part}.m4s"${independent}`);
  }
  if (msn < next) lines.push("#EXTINF:2.0,", `${name}${msn}.m4s`);
  return lines;
}

type Mutation = {
  readonly name: string;
  readonly rule: string;
  readonly change: (text: string, step: number) => string;
  readonly from?: number;
  readonly to?: number;
  readonly headers?: Record<string, string>;
};

/** What the validator says of a stream that is polled at every part, changed as a mutation wants it. */
function judge({ change = (text) => text, from = 8, to = 60, headers: given = headers }: Partial<Mutation>): string[] {
  const validator = new HlsValidator();
  const problems: string[] = [];
  const observe = (snapshot: Partial<Snapshot>) =>
    problems.push(...validator.observe({ atMs: start, url, status: 200, headers: given, body: "", ...snapshot }));
  observe({ url: "http://host/live/cam.m3u8", body: change(master, -1) });
  for (let step = from; step <= to; step++) {
    const atMs = start + step * 500 + 20;
    observe({ atMs, body: change(playlistAt(step), step) });
    observe({ atMs, url: other, body: playlistAt(step, "a") });
    if (step % 4 === 2) observe({ atMs, url: `${url}?_HLS_skip=YES`, body: change(playlistAt(step, "v", true), step) });
  }
  return problems;
}

/** Replaces in every playlist from a step on. */
const replace =
  (from: string | RegExp, to: string, first = 0, last = Number.POSITIVE_INFINITY) =>
  (text: string, step: number) =>
    step >= first && step <= last ? text.replaceAll(from, to) : text;
const inMaster = (from: string | RegExp, to: string) => (text: string, step: number) =>
  step < 0 ? text.replace(from, to) : text;
const append = (more: string, first: number) => (text: string, step: number) => (step >= first ? text + more : text);
/** Leaves out the tags of parts, so that what is said is about segments. */
const frozen = (at: number) => (_text: string, step: number) => playlistAt(Math.min(step, at));

const mutations: readonly Mutation[] = [
  { name: "no #EXTM3U", rule: "HLS-1: the first line", change: replace("#EXTM3U\n", "", 0) },
  {
    name: "a byte order mark",
    rule: "HLS-1: the first line",
    change: (text, step) => (step < 0 ? text : `\ufeff${text}`),
  },
  { name: "a version too low", rule: "HLS-1: version 6", change: replace("VERSION:10", "VERSION:6", 0) },
  {
    name: "a version that changes",
    rule: "HLS-1: the version changed",
    change: replace("VERSION:10", "VERSION:11", 20),
  },
  {
    name: "an attribute without quotes",
    rule: "HLS-1: EXT-X-MAP has URI",
    change: replace(/URI="(v-init\d\.mp4)"/g, "URI=$1", 0),
  },
  {
    name: "no attribute list",
    rule: "HLS-1: EXT-X-PART has no attribute list",
    change: replace(",INDEPENDENT", ", INDEPENDENT", 0),
  },
  { name: "EXTINF without a comma", rule: "HLS-1: EXTINF", change: replace("EXTINF:2.0,", "EXTINF:2.0", 0) },
  {
    name: "a sequence number after a segment",
    rule: "HLS-1: #EXT-X-DISCONTINUITY-SEQUENCE",
    change: append("#EXT-X-DISCONTINUITY-SEQUENCE:0\n", 10),
  },
  { name: "a TARGETDURATION too short", rule: "HLS-2: segment", change: replace("EXTINF:2.0", "EXTINF:2.6", 0) },
  {
    name: "a TARGETDURATION that changes",
    rule: "HLS-2: TARGETDURATION changed",
    change: replace("TARGETDURATION:2", "TARGETDURATION:3", 30),
  },
  {
    name: "a MEDIA-SEQUENCE that goes back",
    rule: "HLS-3: MEDIA-SEQUENCE goes back",
    change: (text, step) => (step === 50 ? playlistAt(40) : text),
  },
  {
    name: "a MEDIA-SEQUENCE that is not counted up",
    rule: "HLS-3: the address",
    change: replace(/MEDIA-SEQUENCE:[1-9]\d*/g, "MEDIA-SEQUENCE:0", 0),
  },
  {
    name: "a DISCONTINUITY-SEQUENCE that is not counted up",
    rule: "HLS-3: DISCONTINUITY-SEQUENCE",
    change: replace("DISCONTINUITY-SEQUENCE:1", "DISCONTINUITY-SEQUENCE:0", 0),
  },
  {
    name: "an address that changes",
    rule: "HLS-3: the address of segment 3",
    change: replace("\nv3.m4s", "\nx3.m4s", 20),
  },
  {
    name: "a duration that changes",
    rule: "HLS-3: the duration of segment 1",
    change: replace("2.0,\nv1.m4s", "1.9,\nv1.m4s", 24),
  },
  { name: "a window too short", rule: "HLS-4", change: (text, step) => shortened(text, step) },
  { name: "a playlist that stands still", rule: "HLS-5", change: frozen(20) },
  {
    name: "another init segment without a discontinuity",
    rule: "HLS-6: another",
    change: replace("#EXT-X-DISCONTINUITY\n", "", 0),
  },
  {
    name: "a discontinuity that comes later",
    rule: "HLS-6: the discontinuity",
    change: replace("#EXT-X-DISCONTINUITY\n", "", 0, 25),
  },
  {
    name: "no init segment after a discontinuity",
    rule: "HLS-6: no EXT-X-MAP",
    change: replace('#EXT-X-MAP:URI="v-init2.mp4"\n', "", 0, 40),
  },
  {
    name: "no date on the first segment",
    rule: "HLS-7: segment 0 has no",
    change: replace(/#EXT-X-PROGRAM.*\n/g, "", 0, 12),
  },
  { name: "a date without milliseconds", rule: "HLS-7: 2026", change: replace(".000Z", "Z", 0) },
  {
    name: "a date that goes back",
    rule: "HLS-7: the date of segment 5 goes back",
    change: replace("00:00:10.000Z", "00:00:09.000Z", 0),
  },
  {
    name: "a date that jumps",
    rule: "HLS-7: the date of segment 2 jumps",
    change: replace(
      "#EXTINF:2.0,\nv2.m4s",
      "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:05.000Z\n#EXTINF:2.0,\nv2.m4s",
      14,
    ),
  },
  {
    name: "a date that changes",
    rule: "HLS-7: the date of segment 5 changed",
    change: replace("00:00:10.000Z", "00:00:10.400Z", 30),
  },
  { name: "dates of another clock", rule: "HLS-7: segment", change: replace("2026-01-01", "2026-01-02", 0) },
  {
    name: "no BANDWIDTH",
    rule: "HLS-8: variant cam/video.m3u8 has no BANDWIDTH",
    change: inMaster("BANDWIDTH=3000000,", ""),
  },
  {
    name: "no AVERAGE-BANDWIDTH",
    rule: "HLS-8: variant cam/video.m3u8 has no AVERAGE",
    change: inMaster("AVERAGE-BANDWIDTH=2500000,", ""),
  },
  {
    name: "an average above the peak",
    rule: "HLS-8: variant cam/video.m3u8 has an AVERAGE",
    change: inMaster("=2500000", "=3500000"),
  },
  {
    name: "no RESOLUTION",
    rule: "HLS-8: variant cam/video.m3u8 has no RESOLUTION",
    change: inMaster("RESOLUTION=1280x720,", ""),
  },
  {
    name: "no FRAME-RATE",
    rule: "HLS-8: variant cam/video.m3u8 has no FRAME",
    change: inMaster("FRAME-RATE=30.000,", ""),
  },
  { name: "no CODECS", rule: "HLS-8: variant cam/video.m3u8 has no CODECS", change: inMaster(/CODECS="[^"]*",/, "") },
  {
    name: "CODECS without the sound",
    rule: "HLS-8: variant cam/video.m3u8 names no codec",
    change: inMaster(",mp4a.40.2", ""),
  },
  {
    name: "a group that is not there",
    rule: "HLS-8: variant cam/video.m3u8 names an audio group",
    change: inMaster('AUDIO="aac"\n', 'AUDIO="mp3"\n'),
  },
  {
    name: "target durations that differ",
    rule: "HLS-8: TARGETDURATION",
    change: replace("TARGETDURATION:2", "TARGETDURATION:3", 0),
  },
  {
    name: "a change after the end",
    rule: "HLS-9: the playlist changes",
    change: (text, step) => (step === 30 ? `${text}#EXT-X-ENDLIST\n` : text),
  },
  {
    name: "an EVENT that forgets",
    rule: "HLS-9: a segment of an EVENT",
    change: replace("#EXT-X-PART-INF", "#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-PART-INF", 0),
  },
  { name: "a codec that is none", rule: "HLS-12", change: inMaster("avc1.64001f", "avc1.100.31") },
  {
    name: "another media type",
    rule: "HLS-13: Content-Type",
    change: (text) => text,
    headers: { ...headers, "content-type": "text/plain" },
  },
  {
    name: "a playlist for ever",
    rule: "HLS-13: Cache-Control",
    change: (text) => text,
    headers: { ...headers, "cache-control": "max-age=60" },
  },
  { name: "an address used again", rule: "HLS-14", change: replace(/\nv1(\d)\.m4s/g, "\nv$1.m4s", 44) },
  { name: "an empty playlist", rule: "HLS-15: no segment", change: (text) => text, from: 1, to: 4 },
  {
    name: "no TARGETDURATION",
    rule: "HLS-15: no EXT-X-TARGETDURATION",
    change: replace("#EXT-X-TARGETDURATION:2\n", "", 0),
  },
  {
    name: "a tag twice",
    rule: "HLS-15: EXT-X-VERSION",
    change: replace("#EXT-X-VERSION:10\n", "#EXT-X-VERSION:10\n#EXT-X-VERSION:10\n", 0),
  },
  {
    name: "an attribute twice",
    rule: "HLS-15: EXT-X-PART has",
    change: replace("DURATION=0.5,", "DURATION=0.5,DURATION=0.5,", 0),
  },
  {
    name: "SERVER-CONTROL that changes",
    rule: "LL-1: SERVER-CONTROL or PART-INF changed",
    change: replace("PART-HOLD-BACK=1.5", "PART-HOLD-BACK=1.6", 30),
  },
  {
    name: "SERVER-CONTROL that differs",
    rule: "LL-1: SERVER-CONTROL or PART-INF differ",
    change: replace("PART-HOLD-BACK=1.5", "PART-HOLD-BACK=1.6", 0),
  },
  {
    name: "PART-HOLD-BACK too short",
    rule: "LL-1: PART-HOLD-BACK",
    change: replace("PART-HOLD-BACK=1.5", "PART-HOLD-BACK=1.4", 0),
  },
  {
    name: "no PART-HOLD-BACK",
    rule: "LL-1: parts without PART-HOLD-BACK",
    change: replace(",PART-HOLD-BACK=1.5", "", 0),
  },
  { name: "HOLD-BACK too short", rule: "LL-1: HOLD-BACK", change: replace(",HOLD-BACK=6", ",HOLD-BACK=5", 0) },
  {
    name: "no blocking reload",
    rule: "LL-1: parts without CAN-BLOCK",
    change: replace("CAN-BLOCK-RELOAD=YES,", "", 0),
  },
  { name: "a part too long", rule: "LL-2: part 1", change: replace(/0\.5(,URI="v\d+\.1)/g, "0.6$1", 0) },
  { name: "a part too short", rule: "LL-2: part 1", change: replace(/0\.5(,URI="v\d+\.1)/g, "0.4$1", 0) },
  {
    name: "parts that are not the segment",
    rule: "LL-2: the parts of segment",
    change: replace(/0\.5(,URI="v\d+\.3)/g, "0.3$1", 0),
  },
  {
    name: "a part that changes",
    rule: "LL-2: the parts of segment 4",
    change: replace('"v4.1.m4s"', '"v4.1b.m4s"', 24),
  },
  {
    name: "parts that stay too long",
    rule: "LL-3: parts of segment",
    change: (text, step) => withOldParts(text, step),
  },
  {
    name: "no parts of the newest segment",
    rule: "LL-3: the parts of segment",
    change: replace(/#EXT-X-PART:.*\n/g, "", 0),
  },
  {
    name: "skipping too early",
    rule: "LL-6: CAN-SKIP-UNTIL",
    change: replace("CAN-SKIP-UNTIL=12", "CAN-SKIP-UNTIL=8", 0),
  },
  { name: "too much skipped", rule: "LL-6: segments within", change: (text) => skippingMore(text) },
  {
    name: "a hint that was wrong",
    rule: "LL-7: wrong.m4s",
    change: replace(/TYPE=PART,URI="[^"]*"/g, 'TYPE=PART,URI="wrong.m4s"', 20, 20),
  },
  { name: "two hints", rule: "LL-7: two", change: append('#EXT-X-PRELOAD-HINT:TYPE=PART,URI="more.m4s"\n', 10) },
  { name: "no hint", rule: "LL-7: no PRELOAD-HINT", change: replace(/#EXT-X-PRELOAD-HINT.*\n/g, "", 0) },
  {
    name: "a hint of what is there",
    rule: "LL-7: v",
    change: (text) => text.replace(/(URI="v\d+\.0\.m4s"[\s\S]*TYPE=PART,)URI="[^"]*"/, '$1URI="v2.0.m4s"'),
    to: 12,
  },
  {
    name: "no rendition report",
    rule: "LL-8: no RENDITION-REPORT",
    change: replace(/#EXT-X-RENDITION-REPORT.*\n/g, "", 0),
  },
  {
    name: "a rendition report that is old",
    rule: "LL-8: RENDITION-REPORT for",
    change: replace(/LAST-MSN=\d+/g, "LAST-MSN=1", 20),
  },
];

/** Without the oldest segments, properly counted. */
function shortened(text: string, step: number): string {
  if (step < 40) return text;
  const next = Math.floor(step / partsOfSegment);
  const [head = ""] = text.split("#EXT-X-MAP");
  const tail = text.slice(text.indexOf(`#EXT-X-PART:DURATION=0.5,URI="v${next - 2}.0`));
  const date = new Date(start + (next - 2) * 2_000).toISOString();
  return `${head.replace(/(MEDIA-SEQUENCE:)\d+/, `$1${next - 2}`).replace(/(NUITY-SEQUENCE:)\d+/, "$11")}#EXT-X-MAP:URI="v-init2.mp4"\n#EXT-X-PROGRAM-DATE-TIME:${date}\n${tail}`;
}

function withOldParts(text: string, step: number): string {
  const old = Math.floor(step / partsOfSegment) - 5;
  const parts = [0, 1, 2, 3].map((part) => `#EXT-X-PART:DURATION=0.5,URI="v${old}.${part}.m4s"\n`).join("");
  return text.replace(`#EXTINF:2.0,\nv${old}.m4s`, `${parts}#EXTINF:2.0,\nv${old}.m4s`);
}

/** A delta update that leaves out two segments more than it may. */
function skippingMore(text: string): string {
  if (!text.includes("EXT-X-SKIP")) return text;
  const [head = "", ...rest] = text.replace("SEGMENTS=2", "SEGMENTS=5").split("#EXTINF:2.0,\n");
  return `${head.split("#EXT-X-DISCONTINUITY\n")[0]}#EXTINF:2.0,\n${rest.slice(3).join("#EXTINF:2.0,\n")}`;
}

test("a stream that keeps to the rules has no problem", () => assert.deepEqual(judge({}), []));

for (const { name, rule, ...mutation } of mutations) {
  test(`${rule}: ${name} is found`, () => {
    const problems = judge(mutation);
    assert.ok(
      problems.some((problem) => problem.startsWith(rule)),
      `found instead: ${[...new Set(problems)].slice(0, 5).join("; ")}`,
    );
  });
}

test("an older answer that comes late is no step back, but one that was asked for later is", () => {
  const validator = new HlsValidator();
  const at = (step: number, askedAtMs: number, atMs: number) =>
    validator.observe({ askedAtMs, atMs, url, status: 200, headers, body: playlistAt(step) });
  assert.deepEqual(at(20, start + 10_000, start + 10_020), []);
  assert.deepEqual(at(21, start + 10_030, start + 10_520), []);
  assert.deepEqual(at(20, start + 10_040, start + 10_530), []);
  assert.deepEqual(at(24, start + 10_540, start + 12_020), []);
  const body = playlistAt(24).replace(/#EXTINF:[^#]*(?=#EXT-X-PRELOAD)/, ""); // all parts of a segment, and not yet itself
  const late = { askedAtMs: start + 12_010, atMs: start + 12_030, url, status: 200, headers, body };
  assert.deepEqual(validator.observe(late), []);
  assert.match(at(23, start + 12_100, start + 12_110).join(), /HLS-3: segment 5 is gone again/);
});
