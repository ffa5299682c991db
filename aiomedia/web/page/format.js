/** Sizes and times for people. */

const UNITS = ["kB", "MB", "GB", "TB"];
const NUMBER = new Intl.NumberFormat("en");
const MOMENT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat("en-CA"); // 2026-11-25

/** The last second of the year 9999: a file system may hold times that no calendar has. */
const LAST_SECOND = 253_402_300_799;

export function count(number, noun) {
  return `${NUMBER.format(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Three digits, which is what people compare. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  let [value, unit] = [bytes / 1000, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${UNITS[unit]}`;
}

/** How long ago; seconds since the epoch both. */
export function age(modified, now) {
  const seconds = Math.max(0, Math.floor(now - modified));
  if (seconds < 3) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 7 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`;
  return DAY.format(date(modified));
}

export function moment(modified) {
  return MOMENT.format(date(modified));
}

export function isoMoment(modified) {
  return date(modified).toISOString();
}

function date(modified) {
  return new Date(Math.min(modified, LAST_SECOND) * 1000);
}
