import assert from "node:assert/strict";
import test from "node:test";
import { DashValidator } from "./dash-validator.ts";
import { readXml } from "./xml.ts";

const start = Date.UTC(2026, 0, 1);
const window = 8;
const headers = { "content-type": "application/dash+xml", "cache-control": "no-cache" };
/** Where the second period begins, in segments of 2 s. */
const border = 12;

/** A manifest when `next` segments are complete and one more is being written. */
function manifestAt(next: number): string {
  const first = Math.max(0, next - window);
  const periods = [
    { id: "0", from: first, to: Math.min(next, border - 1), start: 0, width: 1280 },
    { id: "1", from: Math.max(first, border), to: next, start: border, width: 640 },
  ].filter(({ from, to }) => to >= from);
  return `<?xml version="1.0" encoding="utf-8"?>
<!-- a live stream -->
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z" publishTime="${new Date(start + next * 2_000 + 500).toISOString()}" minimumUpdatePeriod="PT0.5S" minBufferTime="PT0.5S" timeShiftBufferDepth="PT16S" suggestedPresentationDelay="PT1.5S">
  <ServiceDescription id="0"><Latency target="1500" min="500" max="3000"/></ServiceDescription>
${periods.map(period).join("\n")}
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
</MPD>
`;
}

type Shape = { id: string; from: number; to: number; start: number; width: number };

function period({ id, from, to, start: first, width }: Shape): string {
  return `  <Period id="${id}" start="PT${first * 2}S">
    <AdaptationSet id="0" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
      ${template(90_000, "v", from, to, first)}
      <Representation id="v" bandwidth="1000000" codecs="avc1.64001f" width="${width}" height="360" frameRate="25"/>
    </AdaptationSet>
    <AdaptationSet id="1" contentType="audio" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1">
      ${template(48_000, "a", from, to, first)}
      <Representation id="a" bandwidth="128000" codecs="mp4a.40.2" audioSamplingRate="48000"/>
    </AdaptationSet>
  </Period>`;
}

function template(timescale: number, name: string, from: number, to: number, first: number): string {
  const offset = first * 2 * timescale;
  return `<SegmentTemplate timescale="${timescale}" presentationTimeOffset="${offset}" startNumber="${from}" initialization="${name}-${first}.mp4" media="${name}$Number$.m4s" availabilityTimeOffset="1.5" availabilityTimeComplete="false"><SegmentTimeline><S t="${from * 2 * timescale}" d="${2 * timescale}"${to > from ? ` r="${to - from}"` : ""}/></SegmentTimeline></SegmentTemplate>`;
}

type Mutation = {
  readonly name: string;
  readonly rule: string;
  readonly change: (text: string, next: number) => string;
  readonly headers?: Record<string, string>;
};

/** What the validator says of a stream whose manifest is loaded twice a segment. */
function judge({ change = (text) => text, headers: given = headers }: Partial<Mutation>): string[] {
  const validator = new DashValidator();
  const problems: string[] = [];
  for (let step = 8; step <= 50; step++) {
    const next = Math.floor(step / 2);
    const body = change(manifestAt(next), next);
    const atMs = start + step * 1_000 + 600;
    problems.push(...validator.observe({ atMs, url: "http://host/live/cam.mpd", status: 200, headers: given, body }));
  }
  return problems;
}

/** Replaces in every manifest from a segment on. */
const replace =
  (from: string | RegExp, to: string, first = 0, last = Number.POSITIVE_INFINITY) =>
  (text: string, next: number) =>
    next >= first && next <= last ? text.replaceAll(from, to) : text;
const spread = (text: string, name: string, runs: string) =>
  text.replace(new RegExp(`(media="${name}[^>]*><SegmentTimeline>).*?(</SegmentTimeline>)`), `$1${runs}$2`);

const mutations: readonly Mutation[] = [
  {
    name: "no XML",
    rule: "DASH-1: Error: MPD has type twice",
    change: replace('type="dynamic"', 'type="dynamic" type="dynamic"'),
  },
  {
    name: "another namespace",
    rule: "DASH-1: Error: another xmlns",
    change: replace("schema:mpd:2011", "schema:MPD:2011"),
  },
  { name: "a duration that is none", rule: "DASH-1: Error: minimumUpdatePeriod", change: replace("PT0.5S", "0.5") },
  { name: "a static manifest", rule: "DASH-1: type is static", change: replace('type="dynamic"', 'type="static"') },
  {
    name: "an end without a duration",
    rule: "DASH-1: static without",
    change: replace('type="dynamic"', 'type="static"', 20),
  },
  {
    name: "a life after the end",
    rule: "DASH-1: live again",
    change: replace('type="dynamic"', 'type="static"', 14, 16),
  },
  {
    name: "no availabilityStartTime",
    rule: "DASH-1: no availabilityStartTime",
    change: replace(/ availabilityStartTime="[^"]*"/g, ""),
  },
  {
    name: "an availabilityStartTime that changes",
    rule: "DASH-1: availabilityStartTime changed",
    change: replace("01T00:00:00Z", "01T00:00:01Z", 12),
  },
  { name: "no publishTime", rule: "DASH-1: no publishTime", change: replace(/ publishTime="[^"]*"/g, "") },
  {
    name: "a publishTime that goes back",
    rule: "DASH-1: publishTime goes back",
    change: replace(/publishTime="[^"]*"/g, 'publishTime="2026-01-01T00:00:01Z"', 20),
  },
  {
    name: "a publishTime that stays",
    rule: "DASH-1: another manifest",
    change: replace(/publishTime="[^"]*"/g, 'publishTime="2026-01-01T00:00:01Z"'),
  },
  {
    name: "no minimumUpdatePeriod",
    rule: "DASH-1: no minimumUpdatePeriod",
    change: replace(/ minimumUpdatePeriod="[^"]*"/g, ""),
  },
  { name: "no UTCTiming", rule: "DASH-1: no UTCTiming", change: replace(/<UTCTiming[^>]*>/g, "") },
  {
    name: "no delay",
    rule: "DASH-1: no suggestedPresentationDelay",
    change: (text) => text.replace(/ suggestedP\w+="[^"]*"/, "").replace(/<Latency[^>]*>/, ""),
  },
  {
    name: "another media type",
    rule: "DASH-1: Content-Type",
    change: (text) => text,
    headers: { ...headers, "content-type": "text/xml" },
  },
  {
    name: "a manifest for ever",
    rule: "DASH-1: Cache-Control",
    change: (text) => text,
    headers: { ...headers, "cache-control": "max-age=60" },
  },
  { name: "no size", rule: "DASH-1: representation v has no width", change: replace(/ width="\d+"/g, "") },
  {
    name: "no bandwidth",
    rule: "DASH-1: representation a has no bandwidth",
    change: replace(' bandwidth="128000"', ""),
  },
  {
    name: "segments that overlap",
    rule: "DASH-2: 0/v: the segment at 360000 overlaps",
    change: (text, next) =>
      next < 8
        ? spread(text, "v", '<S t="0" d="180000" r="1"/><S t="350000" d="10000"/><S t="360000" d="180000"/>').replace(
            '"350000" d="10000"',
            '"350000" d="20000"',
          )
        : text,
  },
  {
    name: "a gap",
    rule: "DASH-2: 0/v: a gap",
    change: (text, next) => (next < 8 ? spread(text, "v", '<S t="0" d="180000"/><S t="270000" d="180000"/>') : text),
  },
  {
    name: "a duration that changes",
    rule: "DASH-2: 0/a: the segment at 0 lasted",
    change: (text, next) =>
      next === 7
        ? spread(text, "a", '<S t="0" d="95000"/><S t="95000" d="97000"/><S t="192000" d="96000" r="5"/>')
        : text,
  },
  {
    name: "a number that changes",
    rule: "DASH-2: 0/v: the segment at 360000 is now",
    change: replace('startNumber="0"', 'startNumber="1"', 6, 7),
  },
  {
    name: "a timeline that begins again",
    rule: "DASH-2: 1/v: the timeline begins at 2160000 again",
    change: (text, next) =>
      next === 25 ? text.replace('startNumber="17"', 'startNumber="12"').replace('t="3060000"', 't="2160000"') : text,
  },
  {
    name: "an old live edge",
    rule: "DASH-2: the newest segment of 0/a ended",
    change: (text, next) => (next === 10 ? text.replace(/(t="192000" d="96000") r="8"/, "$1") : text),
  },
  {
    name: "r that is wrong",
    rule: "DASH-6: 1/v names a segment that is there in",
    change: replace(/(d="180000") r="\d+"/g, '$1 r="12"', 20),
  },
  { name: "a depth that changes", rule: "DASH-2: timeShiftBufferDepth", change: replace("PT16S", "PT20S", 10) },
  {
    name: "a template without a number",
    rule: "DASH-2: representation v has the template",
    change: replace("v$Number$", "v"),
  },
  {
    name: "an offset of complete segments",
    rule: "DASH-3: representation v has an availabilityTimeOffset and",
    change: replace(' availabilityTimeComplete="false"', ""),
  },
  {
    name: "an offset that is too long",
    rule: "DASH-3: representation v has an availabilityTimeOffset of 2",
    change: replace('Offset="1.5"', 'Offset="2"'),
  },
  {
    name: "no offset",
    rule: "DASH-3: representation v is not complete",
    change: replace(' availabilityTimeOffset="1.5"', ""),
  },
  { name: "no alignment", rule: "DASH-4: an AdaptationSet without", change: replace(' segmentAlignment="true"', "") },
  {
    name: "sound among pictures",
    rule: "DASH-4: an AdaptationSet of audio and video",
    change: replace(
      '<Representation id="v"',
      '<Representation id="x" contentType="audio" bandwidth="1" codecs="mp4a.40.2" audioSamplingRate="1"/><Representation id="v"',
    ),
  },
  {
    name: "two codecs in one",
    rule: "DASH-4: representation v has the codecs",
    change: replace('"avc1.64001f"', '"avc1.64001f,mp4a.40.2"'),
  },
  {
    name: "a start without a keyframe",
    rule: "DASH-4: representation v has a startWithSAP",
    change: replace('startWithSAP="1"', 'startWithSAP="3"'),
  },
  { name: "a change within a period", rule: "DASH-5: 0/v changed", change: replace('width="1280"', 'width="1920"', 8) },
  {
    name: "a period that moves",
    rule: "DASH-5: period 1 begins at 25",
    change: replace('start="PT24S"', 'start="PT25S"', 18),
  },
  {
    name: "periods out of order",
    rule: "DASH-5: period 1 begins at 0",
    change: replace('start="PT24S"', 'start="PT0S"'),
  },
  {
    name: "a period that ends elsewhere",
    rule: "DASH-5: period 0 ends at 20",
    change: replace('id="0" start="PT0S"', 'id="0" start="PT0S" duration="PT20S"'),
  },
  { name: "a period without a name", rule: "DASH-5: a period without id", change: replace('Period id="1"', "Period") },
  { name: "two periods of one name", rule: "DASH-5: two periods", change: replace('Period id="1"', 'Period id="0"') },
  {
    name: "a representation that goes",
    rule: "DASH-5: 0/a is gone",
    change: (text, next) => (next === 8 ? text.replace(/<AdaptationSet id="1"[\s\S]*?<\/AdaptationSet>/, "") : text),
  },
  { name: "all periods anew", rule: "DASH-5: all periods", change: replace('Period id="0"', 'Period id="9"', 8, 9) },
];

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

const malformed = {
  "an element that is not ended": "<a><b></a>",
  "text after the document": "<a/>b",
  "two documents": "<a/><b/>",
  "an attribute without quotes": "<a b=c/>",
  "a bare ampersand": "<a>b & c</a>",
  "an entity of its own": "<a>&b;</a>",
  "a document type": "<!DOCTYPE a><a/>",
  "a less-than sign in a value": '<a b="<"/>',
  nothing: "",
};

for (const [what, text] of Object.entries(malformed))
  test(`${what} is no XML`, () => assert.throws(() => readXml(text)));

test("XML is read with its values", () => {
  const { attributes, children } = readXml(
    '<?xml version="1.0"?>\n<!-- x -->\n<a b="1 &amp; 2" c=\'"\'>\n<d>e &lt; f</d><g/></a>\n',
  );
  assert.deepEqual(
    [...attributes],
    [
      ["b", "1 & 2"],
      ["c", '"'],
    ],
  );
  assert.deepEqual(
    children.map(({ name, text }) => [name, text]),
    [
      ["d", "e < f"],
      ["g", ""],
    ],
  );
});
