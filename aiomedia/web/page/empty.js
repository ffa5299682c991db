/** What is said where there is no file to show. */

export class Empty {
  #section;
  #title;
  #text;
  #button;
  #act = null;

  /** `byId` finds an element of the page; `go` goes to another state of it. */
  constructor(byId, go) {
    [this.#section, this.#title] = [byId("empty"), byId("empty-title")];
    [this.#text, this.#button] = [byId("empty-text"), byId("empty-action")];
    this.#button.addEventListener("click", () => go(this.#act));
  }

  /** `connection` is its state's name and `message` what the server said of it. */
  show({ hasRows, isListed, hasFiles, connection, message, state }) {
    const words = hasRows ? null : said({ isListed, hasFiles, connection, message, state });
    this.#section.hidden = words === null;
    if (words === null) return;
    const [title, text, label, act] = words;
    this.#title.textContent = title;
    this.#text.textContent = text;
    this.#button.hidden = label === undefined;
    this.#button.textContent = label ?? "";
    this.#act = act ?? null;
  }
}

/** Title, text, and maybe what to do: its label, and the state to which it leads. Null while nothing is known. */
function said({ isListed, hasFiles, connection, message, state }) {
  if (connection === "refused") return ["Nothing to see here", message, "To the first directory", { directory: "", file: "" }];
  if (connection === "unavailable" && !isListed) return ["Not ready yet", message];
  if (connection === "gone" && !isListed) return ["Nobody answers", "The list comes as soon as the server does."];
  if (!isListed) return null;
  if (hasFiles) return ["No file matches", "There are files here, but none of this name and kind.", "Show all", { q: "", type: "all" }];
  const below = state.recursive === "true" ? [] : ["Look in subdirectories", { recursive: "true" }];
  return ["Nothing here yet", "A file appears the moment it is whole.", ...below];
}
