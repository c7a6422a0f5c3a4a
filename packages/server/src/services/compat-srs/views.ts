import { fingerprint } from "../../core/grants.ts";
import type { Session } from "../../core/sessions.ts";
import type { Stream } from "../../core/stream.ts";
import { srsAudio, srsClientType, srsVideo } from "./names.ts";
import type { Rates } from "./rates.ts";

/** There are no virtual hosts here: everything is in the one that SRS has without configuration. */
export const vhost = "__defaultVhost__";

/** What is in a stream's list of sessions, counted together. */
export type Crowd = { clients: number; sendBytes: number; sendKbps: number; publisher?: string };

/** A stream's id: the `stream_id` of callbacks in SRS's form. */
export function srsStreamId(path: string): string {
  return fingerprint("stream", path);
}

/** A stream as SRS 5 and 6 show it. */
export function srsStream(stream: Stream, crowd: Crowd, recvKbps: number): object {
  const { name, tracks, packetsIn, bytesIn } = stream;
  const video = tracks.find((track) => track.kind === "video");
  const audio = tracks.find((track) => track.kind === "audio");
  const active = stream.state === "live";
  return {
    id: srsStreamId(name.path),
    name: name.name,
    vhost,
    app: name.app,
    tcUrl: tcUrl(name.app),
    url: `/${name.path}`,
    live_ms: Date.now(),
    clients: crowd.clients,
    frames: packetsIn,
    send_bytes: crowd.sendBytes,
    recv_bytes: bytesIn,
    kbps: { recv_30s: recvKbps, send_30s: crowd.sendKbps },
    publish: { active, ...(crowd.publisher === undefined ? {} : { cid: crowd.publisher }) },
    video: video && active ? srsVideo(video) : null,
    audio: audio && active ? srsAudio(audio) : null,
  };
}

/** A publisher or viewer as SRS 5 and 6 show it. */
export function srsClient(session: Session, rates: Rates): object {
  const { id, stream, address, protocol, role, openedAt } = session;
  const { bytes } = session.figures();
  const publish = role === "publisher";
  const aliveMs = Date.now() - openedAt.getTime();
  const kbps = rates.kbps(session, bytes, aliveMs);
  return {
    id,
    vhost,
    stream: srsStreamId(stream.path),
    ip: address,
    pageUrl: "",
    swfUrl: "",
    tcUrl: tcUrl(stream.app),
    url: `/${stream.path}`,
    name: stream.name,
    type: srsClientType(protocol, role),
    publish,
    alive: aliveMs / 1000,
    send_bytes: publish ? 0 : bytes,
    recv_bytes: publish ? bytes : 0,
    kbps: { recv_30s: publish ? kbps : 0, send_30s: publish ? 0 : kbps },
  };
}

function tcUrl(app: string): string {
  return `rtmp://${vhost}/${app}`;
}
