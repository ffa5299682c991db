/** Which files are shown, and in which order: by the query's parameters, which mean what they mean in `/list/files`. */

const VALUES = {
  name: (file) => file.key,
  size: (file) => file.size,
  modified: (file) => file.modified,
};

/** A comparison of two files, never 0 for two of them: ties are by name, ascending. */
export function comparison({ sort, order }) {
  const value = VALUES[sort];
  const sign = order === "desc" ? -1 : 1;
  return (one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a !== b) return a < b ? -sign : sign;
    if (one.key !== other.key) return one.key < other.key ? -1 : 1;
    return one.name < other.name ? -1 : Number(one.name > other.name);
  };
}

/** Whether a file is of this kind, and its name holds this text; a glob with `*` or `?` is one over the whole name. */
export function condition({ q, type }) {
  const text = q.toLowerCase();
  const isNamed = /[*?]/.test(text) ? globbed(text) : (name) => name.includes(text);
  return (file) => (type === "all" || file.kind === type) && isNamed(file.lowerName);
}

function globbed(glob) {
  const parts = [...glob].map((part) => ({ "*": ".*", "?": "." })[part] ?? part.replace(/[\\^$+.()|[\]{}/]/u, "\\$&"));
  const pattern = new RegExp(`^${parts.join("")}$`, "su");
  return (name) => pattern.test(name);
}
