import { fitsTs } from "@sluice/media";
import { HttpError } from "../../http/http-error.ts";
import type { Host } from "../../protocol.ts";
import { type Ask, answer } from "../../segments/answer.ts";
import { listed } from "../../segments/listed.ts";
import type { Presentation } from "../../segments/presentation.ts";
import { tsMasterPlaylist } from "./master-playlist.ts";
import { dateOf, seconds } from "./media-playlist.ts";
import { TransportStream } from "./transport-stream.ts";

/** Without a request for so long the segments are not made any more. */
const idleMs = 60_000;
const sweepMs = 10_000;
const playlistName = "ts.m3u8";
/** `ts/NONCE-12.ts`. */
const segmentName = /^ts\/([0-9a-z]{1,12})-(\d{1,15})\.ts$/;
const type = "application/vnd.apple.mpegurl";

/** MPEG-TS segments for who asks for them: nothing is made before. */
export class TsPlaylists {
  readonly #transports = new Map<Presentation, TransportStream>();
  readonly #host: Host;
  readonly #sweeper: NodeJS.Timeout;

  constructor(host: Host) {
    this.#host = host;
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs).unref();
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const transport of this.#transports.values()) transport.close();
  }

  /** The multivariant playlist, of which `uri` is the only variant. */
  master(presentation: Presentation, uri: string): string {
    this.#check(presentation);
    return tsMasterPlaylist(presentation, uri, this.#transport(presentation).bitrates);
  }

  /** Media playlist and segments. False when the file is neither. */
  handle(ask: Ask): boolean {
    const { presentation, file } = ask;
    const segment = segmentName.exec(file);
    if (file !== playlistName && !segment) return false;
    this.#check(presentation);
    const { leader } = presentation;
    if (!leader)
      throw new HttpError(404, "stream/not-ready", "the stream has no whole segment yet; try again in a moment");
    const transport = this.#transport(presentation);
    if (segment) {
      const found = segment[1] === transport.nonce ? transport.find(Number(segment[2])) : undefined;
      if (!found)
        throw new HttpError(404, "segment/not-found", "this segment is not there: it is too old, or not made yet");
      answer(ask, {
        type: "video/mp2t",
        cache: "public, max-age=86400, immutable",
        etag: `"${file}"`,
        bytes: found.bytes,
      });
      return true;
    }
    const isReady = () => presentation.targetSeconds !== undefined && transport.segments.length > 0;
    const seconds = (presentation.targetSeconds ?? 2) * 3;
    this.#host.segments.files.wait(ask, { rendition: leader, isReady, seconds }, () => {
      const text = playlist(presentation, transport);
      answer(ask, {
        type,
        cache: "public, max-age=1",
        etag: `W/"${transport.nonce}-${transport.segments.at(-1)?.leader.msn}-${presentation.over}"`,
        bytes: Buffer.from(text, "latin1"),
        isText: true,
      });
    });
    return true;
  }

  /** Throws an `HttpError` when the stream has nothing that MPEG-TS carries. */
  #check({ leader, stream }: Presentation): void {
    if (leader && !fitsTs(leader.track)) {
      throw new HttpError(
        404,
        "hls/ts",
        `MPEG-TS does not carry ${leader.track.codec}; ask for /${stream.name.path}.m3u8 without format=ts`,
      );
    }
  }

  #transport(presentation: Presentation): TransportStream {
    let transport = this.#transports.get(presentation);
    if (!transport) {
      transport = new TransportStream(presentation);
      this.#transports.set(presentation, transport);
    }
    transport.usedAt = performance.now();
    return transport;
  }

  #sweep(): void {
    for (const [presentation, transport] of this.#transports) {
      if (performance.now() - transport.usedAt < idleMs) continue;
      transport.close();
      this.#transports.delete(presentation);
    }
  }
}

function playlist(presentation: Presentation, transport: TransportStream): string {
  const { leader, targetSeconds = 1, over, independent } = presentation;
  const oldest = leader ? (listed(leader, presentation)[0]?.msn ?? 0) : 0;
  const segments = transport.segments.filter((each) => each.leader.msn >= oldest);
  const [first] = segments;
  const timescale = leader?.timescale ?? 1;
  return `${[
    "#EXTM3U",
    "#EXT-X-VERSION:6",
    `#EXT-X-TARGETDURATION:${targetSeconds}`,
    `#EXT-X-MEDIA-SEQUENCE:${first?.leader.msn ?? 0}`,
    `#EXT-X-DISCONTINUITY-SEQUENCE:${first ? first.leader.boundary.era - (first.leader.boundary.discontinuous ? 1 : 0) : 0}`,
    ...(independent ? ["#EXT-X-INDEPENDENT-SEGMENTS"] : []),
    ...segments.flatMap(({ leader: segment }) => [
      ...(segment.boundary.discontinuous ? ["#EXT-X-DISCONTINUITY"] : []),
      ...(leader ? [`#EXT-X-PROGRAM-DATE-TIME:${dateOf(segment, leader)}`] : []),
      ...(segment.parts.length === 0 ? ["#EXT-X-GAP"] : []),
      `#EXTINF:${seconds(segment.duration / timescale)},`,
      `ts/${transport.nonce}-${segment.msn}.ts`,
    ]),
    ...(over ? ["#EXT-X-ENDLIST"] : []),
  ].join("\n")}\n`;
}
