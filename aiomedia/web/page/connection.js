/** Following a place: its listing, then what changes, and both again whenever that breaks off. */

import { changes, events, pages, Refusal, Unreachable } from "./server.js";

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;
const GATHER_MS = 40; // changes that come together are shown together

/**
 * Follows a place until the signal is aborted. The listener is told of
 *
 * - `page({directory, files, now}, isFirst)`: a part of the first listing;
 * - `listed(files)`: a whole listing after the first, to be compared with what was known;
 * - `changed(changes)`: changes, oldest first; telling one again changes nothing;
 * - `state(name, message)`: `connecting`, `live`, `reconnecting`, `gone`, `unavailable` or `refused`.
 *
 * A `wake` event has it look at once whether it is still connected.
 */
export async function follow(place, listener, signal, wake) {
  let cursor = null;
  let isListed = false;
  let failures = 0;
  listener.state("connecting", "");
  while (!signal.aborted) {
    try {
      if (cursor === null) {
        cursor = await (isListed ? listAgain : listFirst)(place, listener, signal);
        isListed = true;
      } else {
        cursor = await catchUp(place, cursor, listener, signal);
      }
      signal.throwIfAborted();
      const stream = await streamed(place, cursor, listener, signal, wake);
      cursor = stream.cursor;
      failures = stream.wasOpen && cursor !== null ? 0 : failures + 1;
      if (!signal.aborted) listener.state("reconnecting", "");
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 410) cursor = null;
      else tell(error, listener);
      if (error.status === 400 || error.status === 403) return; // and it stays so
      failures += 1;
    }
    await pause(failures, signal, wake);
  }
}

async function listFirst(place, listener, signal) {
  let cursor = null;
  for await (const page of pages(place, signal)) {
    signal.throwIfAborted();
    listener.page(page, cursor === null);
    cursor = page.cursor;
  }
  return cursor;
}

/** All pages before any is shown: a file that is on a later one is not gone. */
async function listAgain(place, listener, signal) {
  const files = [];
  let cursor = null;
  for await (const page of pages(place, signal)) {
    files.push(...page.files);
    cursor = page.cursor;
  }
  signal.throwIfAborted();
  listener.listed(files);
  return cursor;
}

async function catchUp(place, since, listener, signal) {
  const caught = await changes(place, since, signal);
  signal.throwIfAborted();
  listener.changed(caught.changes);
  return caught.cursor;
}

/**
 * Resolves when the stream has broken off, to the last cursor; to null when there has to be a listing first.
 *
 * After a `reset` the stream goes on: what it tells meanwhile is held until there is a listing, for that is newer. (Of several
 * processes each knows its own cursors alone. Whichever answers, there is one `reset` and not one after the other.)
 */
function streamed(place, since, listener, signal, wake) {
  return new Promise((resolve) => {
    const source = events(place, since);
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    const gathered = gatherer(listener);
    let cursor = since;
    let listing = Promise.resolve(); // one after the other: the last is the newest
    let wasOpen = false;
    const end = () => {
      source.close();
      ended.abort();
      signal.removeEventListener("abort", end);
      wake.removeEventListener("wake", end);
      resolve({ cursor: gathered.flush() ? cursor : null, wasOpen });
    };
    const live = () => listener.state("live", "");
    for (const op of ["added", "modified", "removed"]) {
      source.addEventListener(op, (event) => {
        cursor = event.lastEventId;
        gathered.add({ op, file: JSON.parse(event.data) });
      });
    }
    source.addEventListener("reset", (event) => {
      cursor = event.lastEventId;
      listener.state("reconnecting", "");
      const release = gathered.hold();
      listing = listing.then(() => listAgain(place, listener, either)).then(release);
      listing.then(live, end);
    });
    source.onopen = () => {
      wasOpen = true;
      live();
    };
    // The browser's own attempts end for good at an answer such as 503; ours don't, and tell why.
    source.onerror = end;
    signal.addEventListener("abort", end);
    wake.addEventListener("wake", end);
  });
}

/** Gathers changes, and tells of them together; or not yet, while something holds them. */
function gatherer(listener) {
  let some = [];
  let timer = null;
  let holds = 0;
  /** Whether nothing is left to be told. */
  const flush = () => {
    clearTimeout(timer);
    timer = null;
    if (holds > 0) return false;
    if (some.length > 0) listener.changed(some);
    some = [];
    return true;
  };
  const add = (change) => {
    some.push(change);
    timer ??= setTimeout(flush, GATHER_MS);
  };
  const hold = () => {
    flush();
    holds += 1;
    return () => {
      holds -= 1;
      flush();
    };
  };
  return { add, flush, hold };
}

function tell(error, listener) {
  if (!(error instanceof Refusal)) {
    if (!(error instanceof Unreachable)) reportError(error); // a fault of ours: the page still finds back
    listener.state("gone", "");
  } else if (error.status >= 500 || error.status === 429) listener.state("unavailable", error.message);
  else listener.state("refused", error.message);
}

/** Longer after each failure, and not the same for all that lost the server at once. `wake` ends it. */
function pause(failures, signal, wake) {
  const longest = Math.min(FIRST_DELAY_MS * 2 ** failures, LONGEST_DELAY_MS);
  return new Promise((resolve) => {
    const timer = setTimeout(done, longest * (0.5 + Math.random() / 2));
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      wake.removeEventListener("wake", done);
      resolve();
    }
    signal.addEventListener("abort", done);
    wake.addEventListener("wake", done);
  });
}
