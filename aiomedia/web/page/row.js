/** One row of the grid. Names are whatever somebody wrote to disk: they become text and nothing else. */

import { age, isoMoment, moment, size } from "./format.js";

const NEW_MS = 45_000;
const FLASH_MS = 1_600;
const KINDS = { video: "Video", audio: "Audio" };

let made = 0;

export class Row {
  file = null;

  constructor(template) {
    this.element = template.content.firstElementChild.cloneNode(true);
    this.element.id = `row-${(made += 1)}`;
    const part = (selector) => this.element.querySelector(selector);
    this.parts = {
      use: part("use"),
      kind: part(".kind .unseen"),
      name: part(".name"),
      path: part(".path"),
      base: part(".base"),
      size: part(".size"),
      time: part("time"),
      download: part(".download"),
    };
  }

  /** Shows a file, whose URL for a download is `url`. */
  show(file, url) {
    if (this.file === file) return;
    this.file = file;
    const { use, kind, name, path, base, size: bytes, time, download } = this.parts;
    const end = file.name.lastIndexOf("/") + 1;
    use.setAttribute("href", `#${file.kind}`);
    kind.textContent = KINDS[file.kind];
    name.title = file.name;
    path.textContent = file.name.slice(0, end);
    base.textContent = file.name.slice(end);
    bytes.textContent = size(file.size);
    bytes.title = `${file.size} bytes`;
    time.dateTime = isoMoment(file.modified);
    time.title = moment(file.modified);
    download.href = url;
    this.element.dataset.kind = file.kind;
    this.element.classList.remove("arriving");
  }

  /** Slides in when its file has just come, and not when it was only out of view. */
  enter() {
    this.element.classList.toggle("arriving", isLately(this.file.arrivedAt, FLASH_MS));
  }

  /** Where it stands; `y` in pixels. */
  stand(index, y) {
    this.element.ariaRowIndex = String(index + 2); // the head is the first
    this.element.style.transform = `translateY(${y}px)`;
  }

  /** Shows how old it is, by the server's clock in seconds. */
  tick(now) {
    const text = age(this.file.modified, now);
    if (this.parts.time.textContent !== text) this.parts.time.textContent = text;
    this.element.classList.toggle("new", isLately(this.file.arrivedAt, NEW_MS));
    this.element.classList.toggle("changed", isLately(this.file.changedAt, FLASH_MS));
  }

  mark(isActive, isOpen) {
    this.element.ariaSelected = String(isActive);
    this.element.classList.toggle("open", isOpen);
  }
}

function isLately(moment, duration) {
  return moment > 0 && performance.now() - moment < duration;
}
