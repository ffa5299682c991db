/** Telling of arrivals those who don't see them: a screen reader, and whoever has the page in another tab. */

const GATHER_MS = 2_000; // a burst is told of once
const NAMED = 3;

export class News {
  #region;
  #title = document.title;
  #names = [];
  #timer = null;
  #unseen = 0;

  constructor(region) {
    this.#region = region;
    document.addEventListener("visibilitychange", () => this.#seen());
  }

  /** What the tab is called: by the directory, for there may be several. */
  at(directory) {
    this.#title = `${directory.slice(directory.lastIndexOf("/") + 1) || "/"} · aiomedia`;
    document.title = this.#title;
  }

  tell(names) {
    this.#names.push(...names);
    this.#timer ??= setTimeout(() => this.#say(), GATHER_MS);
    if (document.hidden) {
      this.#unseen += names.length;
      document.title = `(${this.#unseen}) ${this.#title}`;
    }
  }

  #say() {
    const [names, more] = [this.#names.slice(0, NAMED), this.#names.length - NAMED];
    const noun = this.#names.length === 1 ? "New file" : `${this.#names.length} new files`;
    this.#region.textContent = `${noun}: ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
    this.#names = [];
    this.#timer = null;
  }

  #seen() {
    if (document.hidden) return;
    this.#unseen = 0;
    document.title = this.#title;
  }
}
