/** One track as a reader saw it: each packet's times in milliseconds, its size, and the checksum of its bytes. */
export type TrackSeen = {
  readonly kind: string;
  readonly codec: string;
  readonly packets: readonly PacketSeen[];
};

export type PacketSeen = {
  readonly dtsMs: number;
  readonly ptsMs: number;
  readonly size: number;
  readonly crc: string;
};

/** The tracks of FFmpeg's framecrc output, of whichever version. */
export function tracksSeen(framecrc: string): TrackSeen[] {
  const tracks = new Map<string, { kind: string; codec: string; tickMs: number; packets: PacketSeen[] }>();
  const track = (index: string) => {
    const known = tracks.get(index) ?? { kind: "", codec: "", tickMs: 1, packets: [] };
    tracks.set(index, known);
    return known;
  };
  for (const line of framecrc.split("\n")) {
    const [, name, index = "", value = ""] = /^#(tb|media_type|codec_id) (\d+): (.+)$/.exec(line) ?? [];
    if (name === "media_type") track(index).kind = value;
    else if (name === "codec_id") track(index).codec = value;
    else if (name === "tb") {
      const [numerator, denominator] = value.split("/").map(Number);
      track(index).tickMs = (1_000 * (numerator ?? 0)) / (denominator ?? 1);
    } else if (!line.startsWith("#")) {
      const [stream = "", dts, pts, , size, crc = ""] = line.split(",").map((field) => field.trim());
      if (crc === "") continue;
      const { packets, tickMs } = track(stream);
      packets.push({ dtsMs: Number(dts) * tickMs, ptsMs: Number(pts) * tickMs, size: Number(size), crc });
    }
  }
  return [...tracks.values()];
}
