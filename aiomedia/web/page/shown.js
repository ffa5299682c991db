/** The files that are shown, in their order; brought up to date change by change. */

import { comparison, condition } from "./order.js";

const FEW = 200; // with more differences than this, sorting all anew takes less than putting each in its place

export class Shown {
  #files;
  #compare = null;
  #isShown = null;
  files = [];

  constructor(files) {
    this.#files = files;
  }

  /** Takes `{q, type, sort, order}`. */
  show(view) {
    this.#compare = comparison(view);
    this.#isShown = condition(view);
    this.refresh();
  }

  refresh() {
    this.files = [...this.#files.values()].filter(this.#isShown).sort(this.#compare);
  }

  update(differences) {
    if (differences.length > FEW) {
      this.refresh();
      return;
    }
    this.files = this.files.slice();
    for (const { before, after } of differences) {
      if (before !== null && this.#isShown(before)) this.files.splice(this.placeOf(before), 1);
      if (after !== null && this.#isShown(after)) this.files.splice(this.placeOf(after), 0, after);
    }
  }

  /** Where a file stands; -1 when it is not shown. */
  indexOf(file) {
    const place = file ? this.placeOf(file) : -1;
    return this.files[place] === file ? place : -1;
  }

  /** Where a file stands, or would. */
  placeOf(file) {
    let [first, last] = [0, this.files.length];
    while (first < last) {
      const middle = (first + last) >> 1;
      if (this.#compare(this.files[middle], file) < 0) first = middle + 1;
      else last = middle;
    }
    return first;
  }
}
