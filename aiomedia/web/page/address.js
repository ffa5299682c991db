/** What the page shows, as it stands in its URL: bookmarks, links and the back button work. */

const DEFAULTS = {
  directory: "", // the default root
  recursive: "",
  q: "",
  type: "all",
  sort: "modified",
  order: "desc", // what came last is what one looks for
  file: "",
};
const CHOICES = {
  recursive: ["", "true"],
  type: ["all", "video", "audio"],
  sort: ["name", "size", "modified"],
  order: ["asc", "desc"],
};

/** The state that this query stands for; what it does not say, or says wrongly, is as by default. */
export function parsed(query) {
  const given = new URLSearchParams(query);
  return Object.fromEntries(
    Object.entries(DEFAULTS).map(([name, byDefault]) => {
      const value = given.get(name) ?? byDefault;
      return [name, CHOICES[name]?.includes(value) === false ? byDefault : value];
    }),
  );
}

/** The shortest query that stands for this state. */
export function formatted(state) {
  const query = new URLSearchParams(Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name]));
  return query.size > 0 ? `?${query}` : "./";
}

/** The state in the page's URL. `changed(state, before)` is called whenever it becomes another. */
export class Address {
  #changed;

  constructor(changed) {
    this.state = parsed(location.search);
    this.#changed = changed;
    addEventListener("popstate", () => this.#become(parsed(location.search)));
  }

  /** Goes to another state; a passing one, of somebody who types, replaces the one before it. */
  go(changes, { isPassing = false } = {}) {
    const state = { ...this.state, ...changes };
    const url = formatted(state);
    if (url === formatted(this.state)) return;
    if (isPassing) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
    this.#become(state);
  }

  #become(state) {
    const before = this.state;
    this.state = state;
    this.#changed(state, before);
  }
}
