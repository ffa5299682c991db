/** The grid's rows: only those in view, and a few around, are in the document. */

import { Row } from "./row.js";

const AROUND = 8; // rows out of view that are there already when somebody scrolls
const HIGHEST = 12_000_000; // pixels; browsers take no element that is much higher
const LEAVING_MS = 240; // as in rows.css

export class Rows {
  #viewport;
  #head;
  #canvas;
  #template;
  #urlOf;
  #rows = new Map(); // by name, those in the document
  #height = 0; // of a row
  #asked = false;
  files = [];
  active = null; // the name of the file that the keyboard is at
  open = null; // the name of the file in the player
  now = () => Date.now() / 1000;
  onRender = () => {};

  /** `byId` finds an element of the page; `urlOf` is where a file is downloaded. */
  constructor(byId, urlOf) {
    [this.#viewport, this.#head, this.#canvas] = [byId("grid"), byId("head"), byId("canvas")];
    [this.#template, this.#urlOf] = [byId("row"), urlOf];
    this.#viewport.addEventListener("scroll", () => this.ask(), { passive: true });
    new ResizeObserver(() => this.ask()).observe(this.#viewport);
  }

  get isAtTop() {
    return this.#viewport.scrollTop < 4;
  }

  /** How many rows fit into view. */
  get fitting() {
    return Math.max(1, Math.floor(this.#inView / (this.#height || 1)));
  }

  /** The first file that is wholly in view. */
  get first() {
    return this.files[Math.ceil(this.#top / (this.#height || 1))] ?? null;
  }

  /** Shows these files; moved and new rows are animated when the difference is small. `shift` is in rows. */
  show(files, { shift = 0, isAnimated = false } = {}) {
    const top = this.#top;
    this.files = files;
    this.#canvas.classList.toggle("moving", isAnimated);
    this.#resize();
    if (shift !== 0) this.#scrollTo(top + shift * this.#height);
    this.render(isAnimated);
  }

  clear() {
    for (const row of this.#rows.values()) row.element.remove();
    this.#rows.clear();
    this.show([]);
    this.#viewport.scrollTop = 0;
  }

  /** Renders at the next frame. */
  ask() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#canvas.classList.remove("moving");
      this.#resize();
      this.render();
    });
  }

  render(isAnimated = false) {
    const top = this.#top;
    const first = Math.max(0, Math.floor(top / this.#height) - AROUND);
    const last = Math.min(this.files.length, Math.ceil((top + this.#inView) / this.#height) + AROUND);
    const before = this.#rows;
    this.#rows = new Map();
    const wanted = this.files.slice(first, last);
    for (const { name } of wanted) {
      if (before.has(name)) this.#rows.set(name, before.get(name));
      before.delete(name);
    }
    const spare = isAnimated ? [] : [...before.values()];
    for (const [offset, file] of wanted.entries()) {
      const known = this.#rows.get(file.name);
      const row = known ?? spare.pop() ?? this.#made();
      this.#rows.set(file.name, row);
      row.show(file, this.#urlOf(file));
      if (isAnimated && known === undefined) row.enter();
      row.stand(first + offset, this.#y(first + offset));
      row.mark(file.name === this.active, file.name === this.open);
      row.tick(this.now());
    }
    for (const row of isAnimated ? before.values() : spare) leave(row.element, isAnimated);
    this.onRender();
  }

  /** Shows how old the files are by now. */
  tick() {
    for (const row of this.#rows.values()) row.tick(this.now());
  }

  /** Brings a row into view. */
  reveal(index) {
    const [first, last] = [index * this.#height, (index + 1) * this.#height];
    if (first < this.#top) this.#scrollTo(first);
    else if (last > this.#top + this.#inView) this.#scrollTo(last - this.#inView);
    this.render();
  }

  toTop() {
    this.#viewport.scrollTop = 0;
    this.ask();
  }

  /** The element of a file's row while it is in the document. */
  elementOf(name) {
    return this.#rows.get(name)?.element ?? null;
  }

  /** The file whose row holds this element. */
  fileAt(element) {
    const found = element.closest("[role=row]");
    return [...this.#rows.values()].find((row) => row.element === found)?.file ?? null;
  }

  #made() {
    const row = new Row(this.#template);
    this.#canvas.append(row.element);
    return row;
  }

  #resize() {
    this.#height = parseFloat(getComputedStyle(this.#viewport).getPropertyValue("--row-height"));
    this.#canvas.style.height = `${Math.min(this.files.length * this.#height, HIGHEST)}px`;
  }

  /** Where the view begins among all rows. When they are higher than a canvas may be, a pixel scrolls several. */
  get #top() {
    return this.#viewport.scrollTop * this.#scale;
  }

  get #scale() {
    const all = this.files.length * this.#height;
    return all > HIGHEST ? (all - this.#inView) / (HIGHEST - this.#inView) : 1;
  }

  /** Pixels in which rows are seen; the head sticks above them. */
  get #inView() {
    return this.#viewport.clientHeight - this.#head.offsetHeight;
  }

  #y(index) {
    return index * this.#height - (this.#top - this.#viewport.scrollTop);
  }

  #scrollTo(top) {
    this.#viewport.scrollTop = top / this.#scale;
  }
}

function leave(element, isAnimated) {
  if (!isAnimated) {
    element.remove();
    return;
  }
  element.removeAttribute("role");
  element.ariaHidden = "true";
  element.classList.add("leaving");
  setTimeout(() => element.remove(), LEAVING_MS);
}
