const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** `2.4 Mbit/s`, in the reader's way to write numbers. */
export function bitrateText(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1e6) return `${number.format(bitsPerSecond / 1e6)} Mbit/s`;
  return `${whole.format(bitsPerSecond / 1e3)} kbit/s`;
}

export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return `${number.format(bytes / 1000 ** step)} ${units[step]}`;
}

export function numberText(value: number): string {
  return number.format(value);
}

export function percentText(share: number): string {
  return percent.format(share);
}

/** `1:02:03`. */
export function durationText(seconds: number): string {
  const all = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor(all / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
}

export function millisecondsText(ms: number): string {
  if (Math.abs(ms) >= 1000) return `${number.format(ms / 1000)} s`;
  return `${(Math.abs(ms) < 10 ? number : whole).format(ms)} ms`;
}

export function clockText(at: number): string {
  return clock.format(at);
}

export function momentText(at: number): string {
  return moment.format(at);
}

/** How things stand, so that a person can read it: `null` and lists too. */
export function valueText(value: unknown): string {
  if (value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A sentence of the documentation, without its marks for code. */
export function plainText(text: string): string {
  return text.replaceAll("`", "");
}

export function countText(count: number, one: string, many: string): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`;
}
