/** The list: the files of a place, those of them that are shown, and where in it somebody is. */

import { Files } from "./files.js";
import { count } from "./format.js";
import { Rows } from "./rows.js";
import { fileUrl } from "./server.js";
import { Shown } from "./shown.js";

const ANIMATED = 40; // more differences at a time than this are no movement that an eye could follow

export class List {
  #grid;
  #pill;
  #rows;
  #shown;
  #place = null;
  #unseen = 0; // arrivals above what is in view
  #ahead = 0; // seconds by which the server's clock is ahead of ours
  files = new Files();

  /** `byId` finds an element of the page. */
  constructor(byId) {
    this.#shown = new Shown(this.files);
    [this.#grid, this.#pill] = [byId("grid"), byId("arrivals")];
    this.#rows = new Rows(byId, (file) => fileUrl(this.#place, file));
    this.#rows.now = () => Date.now() / 1000 + this.#ahead;
    this.#rows.onRender = () => this.#rendered();
    this.#pill.addEventListener("click", () => this.#rows.toTop());
  }

  get shown() {
    return this.#shown.files;
  }

  get active() {
    return this.files.get(this.#rows.active) ?? null;
  }

  get fitting() {
    return this.#rows.fitting;
  }

  /** Begins with the empty list of a place. */
  begin(place, view) {
    this.#place = place;
    this.files.clear();
    this.#shown.show(view);
    this.#rows.active = null;
    this.#unseen = 0;
    this.#rows.clear();
  }

  /** Shows other files, or the same in another order. */
  view(view) {
    this.#shown.show(view);
    this.#unseen = 0;
    this.#rows.show(this.shown);
    this.#rows.toTop();
  }

  /** Takes a part of the first listing, made at a time in milliseconds by the server's clock. */
  add(listed, now) {
    if (!Number.isNaN(now)) this.#ahead = (now - Date.now()) / 1000;
    this.files.add(listed);
    this.#shown.refresh();
    this.#rows.show(this.shown);
  }

  /** Takes what changed; what is in view stays where it is. Returns what arrived of the files that are shown. */
  differ(differences) {
    const rows = this.#rows;
    const anchor = rows.isAtTop ? null : rows.first;
    const anchoredAt = this.#shown.indexOf(anchor);
    const activeAt = this.#shown.indexOf(this.#activeBefore(differences));
    this.#shown.update(differences);
    if (rows.active !== null && this.active === null) {
      rows.active = this.shown[Math.min(activeAt, this.shown.length - 1)]?.name ?? null;
    }
    const arrived = differences.filter(({ before, after }) => before === null && this.#shown.indexOf(after) >= 0);
    const standsAt = anchor === null ? 0 : this.#shown.placeOf(anchor);
    this.#unseen += arrived.filter(({ after }) => this.#shown.indexOf(after) < standsAt).length;
    rows.show(this.shown, {
      shift: anchor === null ? 0 : standsAt - anchoredAt,
      isAnimated: differences.length <= ANIMATED && !document.hidden,
    });
    return arrived.map(({ after }) => after);
  }

  /** Marks the file that is open, by its name. */
  open(name) {
    this.#rows.open = name;
    this.#rows.render();
  }

  move(steps) {
    if (this.shown.length === 0) return;
    const from = this.#shown.indexOf(this.active);
    const to = from < 0 ? this.#shown.indexOf(this.#rows.first) : from + steps;
    this.activate(Math.max(0, Math.min(to, this.shown.length - 1)));
  }

  moveTo(end) {
    this.activate(end === "first" ? 0 : this.shown.length - 1);
  }

  activate(index) {
    this.#rows.active = this.shown[index]?.name ?? null;
    this.#rows.reveal(index);
  }

  /** The file whose row holds this element, which is the active one from then on. */
  activateAt(element) {
    const file = this.#rows.fileAt(element);
    if (file !== null) this.activate(this.#shown.indexOf(file));
    return file;
  }

  tick() {
    this.#rows.tick();
  }

  #activeBefore(differences) {
    const name = this.#rows.active;
    return differences.find(({ before }) => before?.name === name)?.before ?? this.active;
  }

  #rendered() {
    this.#grid.ariaRowCount = String(this.shown.length + 1); // with the head
    const active = this.#rows.elementOf(this.#rows.active);
    if (active === null) this.#grid.removeAttribute("aria-activedescendant");
    else this.#grid.setAttribute("aria-activedescendant", active.id);
    if (this.#rows.isAtTop) this.#unseen = 0;
    this.#pill.hidden = this.#unseen === 0;
    if (this.#unseen > 0) this.#pill.textContent = `↑ ${count(this.#unseen, "new file")}`;
  }
}
