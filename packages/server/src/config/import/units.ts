/** What a time of another server comes to in milliseconds; a number alone counts as `unit`. Undefined for what is no time. */
export function timeMs(text: string, unit: "ms" | "s" = "s"): number | undefined {
  if (/^\d{1,9}(?:\.\d{1,6})?$/.test(text)) return Number(text) * unitMs[unit];
  if (!/^(?:\d{1,9}(?:\.\d{1,6})?(?:ms|[smhd]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, name] of text.matchAll(/([\d.]+)(ms|[smhd])/g))
    total += Number(count) * unitMs[name as keyof typeof unitMs];
  return total;
}

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A time as our configuration writes it. */
export function durationText(ms: number): string {
  const whole = Math.round(ms);
  return whole % 1_000 === 0 ? `${whole / 1_000}s` : `${whole}ms`;
}

/** A bitrate in kbit/s, from what FFmpeg takes: `2500k`, `2.5M`, `2500000`. */
export function kilobits(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,12}(?:\.\d{1,6})?)([kKmM]?)$/.exec(text) ?? [];
  if (count === undefined) return undefined;
  const factor = unit === "" ? 0.001 : unit?.toLowerCase() === "k" ? 1 : 1_000;
  const rate = Math.round(Number(count) * factor);
  return rate >= 1 && rate <= 100_000 ? rate : undefined;
}

/** A whole number up to a limit. */
export function count(text: string | undefined, most: number): number | undefined {
  const value = text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= 1 && value <= most ? value : undefined;
}

/** An address to listen on: `1935`, `:1935`, `0.0.0.0:1935`, `[::]:1935`. The host is undefined for every address. */
export function listenAddress(text: string): { readonly host?: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits] =
    /^(?:(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9.-]{0,253})):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port < 1 || port > 65_535) return undefined;
  const host = bracketed ?? plain ?? "";
  return ["", "::", "0.0.0.0"].includes(host) ? { port } : { host, port };
}
