/** The lines that say whether what is shown is true: of the connection, and of the server's index. */

import { count, moment, size } from "./format.js";
import { health } from "./server.js";

const WELL_MS = 10_000; // until the server's health is asked for again
const UNWELL_MS = 1_000;

const CONNECTION = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  gone: "Server gone",
  unavailable: "Server not ready",
  refused: "Not served",
};
const WELL = ["live", "polling"];
const INDEX = {
  live: "Index live",
  polling: "Index live by polling",
  degraded: "Index behind",
  building: "Index being built",
  missing: "Directory missing",
};

export class Status {
  #line;
  #text;
  #retry;
  #reconnect;
  #index;
  #summary;
  #directory = "";
  #roots = null;
  #found = () => {};
  #lostAt = null; // seconds since the epoch
  name = "connecting";

  /** `byId` finds an element of the page; `reconnect` looks whether the server is there. */
  constructor(byId, reconnect) {
    [this.#line, this.#text, this.#retry] = [byId("status"), byId("connection"), byId("retry")];
    [this.#index, this.#summary] = [byId("index"), byId("summary")];
    this.#reconnect = reconnect;
    this.#retry.addEventListener("click", reconnect);
  }

  connection(name, message) {
    this.name = name;
    this.#line.dataset.state = name;
    this.#line.title = message;
    if (this.#text.textContent !== CONNECTION[name]) this.#text.textContent = CONNECTION[name];
    if (name === "live") this.#lostAt = null;
    else this.#lostAt ??= Date.now() / 1000;
    if (name === "gone") this.#showHealth(null);
    else if (name !== "connecting") this.#look();
    this.#retry.hidden = name !== "gone" && name !== "unavailable";
  }

  files(files, shown) {
    const all = count(files.size, "file");
    this.#summary.textContent =
      shown.length === files.size ? `${all}, ${size(files.bytes)}` : `${shown.length.toLocaleString("en")} of ${all}`;
  }

  /** Follows the server's health; `found(roots)` is told of the directories that it serves. */
  async watch(found) {
    this.#found = found;
    for (;;) {
      if (!document.hidden) await this.#look();
      const isWell = WELL.includes(this.#index.dataset.state);
      await new Promise((resolve) => setTimeout(resolve, isWell ? WELL_MS : UNWELL_MS));
    }
  }

  at(directory) {
    this.#directory = directory;
    this.#showIndex();
  }

  /** A stream that a dead network took along looks like one on which nothing happens; this does not. */
  async #look() {
    const roots = await health();
    this.#showHealth(roots);
    if (roots !== null) this.#found(roots.map(({ root }) => root));
    else if (this.name === "live") this.#reconnect();
  }

  #showHealth(roots) {
    this.#roots = roots;
    this.#showIndex();
  }

  #showIndex() {
    const root = rootOf(this.#directory, this.#roots ?? []);
    const writing = root?.settling > 0 ? `, ${count(root.settling, "file")} being written` : "";
    if (root !== undefined) this.#index.textContent = `${INDEX[root.state]}${writing}`;
    else this.#index.textContent = this.name === "gone" ? `As it was at ${moment(this.#lostAt)}` : "";
    this.#index.dataset.state = root?.state ?? "unknown";
    this.#index.title = root?.reason ?? "";
  }
}

/** Of nested roots the inner one answers for what is in it. */
function rootOf(directory, roots) {
  return roots
    .filter(({ root }) => directory === root || directory.startsWith(`${root.replace(/\/$/, "")}/`))
    .sort((one, other) => other.root.length - one.root.length)[0];
}
