/** The files of a place by their names, and what becomes of them. */

/** A file as it is listed. One that changes is another object. */
export class MediaFile {
  #key = null;

  constructor(listed) {
    this.name = listed.filename;
    this.kind = listed.type;
    this.size = listed.size;
    this.modified = listed.modified; // seconds since the epoch
    this.contentType = listed.content_type;
    this.etag = listed.etag;
    this.lowerName = listed.filename.toLowerCase();
    this.arrivedAt = 0; // by performance.now(); what was there from the start has not arrived
    this.changedAt = 0;
  }

  /** Sorts as people count: `scene 2` before `scene 10`. */
  get key() {
    this.#key ??= this.lowerName.replace(/\d+/g, (digits) => digits.padStart(16, "0"));
    return this.#key;
  }
}

/** All of them. Whatever changes is returned as differences, `{before, after}`, of which one may be null. */
export class Files {
  #byName = new Map();
  bytes = 0;

  get size() {
    return this.#byName.size;
  }

  get(name) {
    return this.#byName.get(name);
  }

  values() {
    return this.#byName.values();
  }

  clear() {
    this.#byName.clear();
    this.bytes = 0;
  }

  /** Takes a part of the first listing, in which nothing is news. */
  add(listed) {
    for (const one of listed) this.#put(new MediaFile(one));
  }

  /** Takes changes, oldest first. What ends as it was is no difference. */
  apply(changes) {
    const before = new Map();
    for (const { op, file } of changes) {
      if (!before.has(file.filename)) before.set(file.filename, this.get(file.filename) ?? null);
      if (op === "removed") this.#remove(file.filename);
      else this.#arrive(file);
    }
    return [...before]
      .map(([name, file]) => ({ before: file, after: this.get(name) ?? null }))
      .filter(({ before: was, after }) => was !== after);
  }

  /** Takes a whole listing, of which only what is different is news. */
  compare(listed) {
    const names = new Set(listed.map((file) => file.filename));
    const gone = [...this.values()].filter((file) => !names.has(file.name));
    return this.apply([
      ...gone.map((file) => ({ op: "removed", file: { filename: file.name } })),
      ...listed.map((file) => ({ op: "modified", file })),
    ]);
  }

  #arrive(listed) {
    const known = this.get(listed.filename);
    if (known?.etag === listed.etag) return;
    const file = new MediaFile(listed);
    if (known === undefined) file.arrivedAt = performance.now();
    else [file.arrivedAt, file.changedAt] = [known.arrivedAt, performance.now()];
    this.#put(file);
  }

  #put(file) {
    this.#remove(file.name);
    this.#byName.set(file.name, file);
    this.bytes += file.size;
  }

  #remove(name) {
    this.bytes -= this.get(name)?.size ?? 0;
    this.#byName.delete(name);
  }
}
