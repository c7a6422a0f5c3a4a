const sizes = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const rates = ["bit", "kbit", "Mbit", "Gbit", "Tbit"];
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** `1.5 MiB`. */
export function bytesText(bytes: number): string {
  return scaled(bytes, 1024, sizes);
}

/** `2.4 Mbit/s`. */
export function bitrateText(bitsPerSecond: number): string {
  return `${scaled(bitsPerSecond, 1000, rates)}/s`;
}

/** `1h 05m`: the two largest parts. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (part: number) => String(part).padStart(2, "0");
  if (whole < minute) return `${whole}s`;
  if (whole < hour) return `${Math.floor(whole / minute)}m ${two(whole % minute)}s`;
  if (whole < day) return `${Math.floor(whole / hour)}h ${two(Math.floor((whole % hour) / minute))}m`;
  return `${Math.floor(whole / day)}d ${two(Math.floor((whole % day) / hour))}h`;
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let [left, unit] = [value, 0];
  for (; left >= step && unit < units.length - 1; unit++) left /= step;
  return `${left >= 100 || unit === 0 ? Math.round(left) : left.toFixed(1)} ${units[unit]}`;
}
