/** What the server is asked. URLs are relative to the page, so that it works wherever it is mounted. */

/** Files in one answer: its JSON is parsed within a frame or two, so that a long listing does not freeze the page. */
const PAGE = 10_000;
const TIMEOUT_MS = 60_000;
const HEALTH_TIMEOUT_MS = 10_000;

/** An answer that is not what was asked for; `code` is the contract's, the message is for people. */
export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** There is no answer, or only a part of one. */
export class Unreachable extends Error {}

/**
 * The listing of a place in pages, the newest files first. Every page has the cursor of the first: what changed since
 * then is told again by the changes since that cursor, whether a later page shows it or not.
 */
export async function* pages(place, signal) {
  let query = search(place, { sort: "modified", order: "desc", limit: PAGE });
  let cursor = null;
  while (query !== null) {
    const response = await ask(`list/files${query}`, signal);
    cursor ??= response.headers.get("Aiomedia-Cursor");
    const { directory, files, next } = await reached(response.json());
    yield { cursor, directory, files, now: Date.parse(response.headers.get("Date")) };
    query = next && new URL(next, document.baseURI).search;
  }
}

/** What changed in a place since a cursor, and the cursor from which to go on. */
export async function changes(place, since, signal) {
  const response = await ask(`changes${search(place, { since })}`, signal);
  return reached(response.json());
}

/** The events of a place since a cursor. */
export function events(place, since) {
  return new EventSource(`events${search(place, { since })}`);
}

/** What is known of each root, and how well; null when nobody answers. */
export async function health() {
  try {
    const response = await fetch("health/ready", { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS), cache: "no-store" });
    return (await response.json()).roots ?? null;
  } catch {
    return null;
  }
}

/** The URL of a file for a download, or to be played. */
export function fileUrl(place, file, disposition) {
  const path = file.name.split("/").map(encodeURIComponent).join("/");
  const query = search({ directory: place.directory }, disposition === undefined ? {} : { disposition });
  return `download/${file.kind}/${path}${query}`;
}

function search({ directory, recursive }, more) {
  const query = new URLSearchParams(more);
  if (directory) query.set("directory", directory);
  if (recursive) query.set("recursive", "true");
  return query.size > 0 ? `?${query}` : "";
}

/** Not from the browser's cache: an answer of an earlier run would come with the cursor of that run. */
async function ask(url, signal) {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const response = await reached(fetch(url, { signal: limited, cache: "no-store" }));
  if (response.ok) return response;
  const { error, code } = await response.json().catch(() => ({}));
  throw new Refusal(response.status, code ?? "unknown", error ?? `The server answered ${response.status}.`);
}

async function reached(answer) {
  try {
    return await answer;
  } catch (cause) {
    throw new Unreachable("The server does not answer.", { cause });
  }
}
