/** What says which files are shown: the directory, the filter, the kind and the order. */

const SUGGESTED = 500; // directories; browsers show a few anyway

export class Controls {
  #at;
  #address;
  #roots = [];
  #directory = "";

  /** `byId` finds an element of the page. */
  constructor(byId, address) {
    const names = ["place", "directory", "directories", "above", "filter", "recursive", "order", "grid"];
    this.#at = Object.fromEntries(names.map((name) => [name, byId(name)]));
    this.#at.kinds = [...document.querySelectorAll("input[name=type]")];
    this.#at.sorts = [...document.querySelectorAll("button[data-sort]")];
    this.#address = address;
    this.#listen();
  }

  /** Shows the state of the URL. */
  show({ directory, q, type, sort, order, recursive }) {
    const { filter, kinds, sorts, order: select, recursive: below } = this.#at;
    if (directory !== "") this.#at.directory.value = directory; // whether it is served or not
    if (filter.value !== q) filter.value = q;
    for (const kind of kinds) kind.checked = kind.value === type;
    for (const button of sorts) {
      const isIt = button.dataset.sort === sort;
      button.parentElement.ariaSort = isIt ? (order === "asc" ? "ascending" : "descending") : "none";
    }
    select.value = `${sort} ${order}`;
    below.checked = recursive === "true";
  }

  /** Shows the directory whose files are listed, and suggests those that are known. */
  showDirectory(directory, files) {
    this.#directory = directory;
    this.#at.directory.value = directory;
    this.#at.directory.title = directory;
    const below = new Set();
    for (const { name } of files) {
      const end = name.lastIndexOf("/");
      if (end > 0 && below.size < SUGGESTED) below.add(`${directory}/${name.slice(0, end)}`);
    }
    this.#suggest([...below]);
  }

  showRoots(roots) {
    this.#roots = roots;
    this.#at.above.hidden = !this.#hasAbove();
  }

  #suggest(below) {
    const options = [...new Set([...this.#roots, ...below])].sort().map((path) => new Option("", path));
    this.#at.directories.replaceChildren(...options);
    this.#at.above.hidden = !this.#hasAbove();
  }

  #hasAbove() {
    return this.#roots.some((root) => this.#directory.startsWith(`${root.replace(/\/$/, "")}/`) && this.#directory !== root);
  }

  #listen() {
    const { place, directory, above, filter, kinds, sorts, order, recursive } = this.#at;
    const address = this.#address;
    const goTo = (path) => address.go({ directory: path === this.#roots[0] ? "" : path, file: "" });
    place.addEventListener("submit", (event) => {
      event.preventDefault();
      goTo(directory.value.trim());
    });
    directory.addEventListener("change", () => goTo(directory.value.trim()));
    above.addEventListener("click", () => goTo(this.#directory.replace(/\/[^/]*$/, "") || "/"));
    filter.addEventListener("input", () => address.go({ q: filter.value }, { isPassing: true }));
    recursive.addEventListener("change", () => address.go({ recursive: recursive.checked ? "true" : "", file: "" }));
    for (const kind of kinds) kind.addEventListener("change", () => address.go({ type: kind.value }));
    order.addEventListener("change", () => {
      const [sort, direction] = order.value.split(" ");
      address.go({ sort, order: direction });
    });
    for (const button of sorts) button.addEventListener("click", () => address.go(sortedBy(button.dataset.sort, address.state)));
  }
}

/** What a click on a column's head asks for: names from A, all else from the most; again, and the other way round. */
function sortedBy(sort, state) {
  if (sort === state.sort) return { order: state.order === "asc" ? "desc" : "asc" };
  return { sort, order: sort === "name" ? "asc" : "desc" };
}
