/** The page without a mouse. */

/**
 * `grid` and `filter` are elements; `actions` has `begin`, `move(steps)`, `moveTo(end)`, `play`, `pause`, `download`, `copy`, `close` (whether
 * something was open), `clear` (whether there was a filter) and `page`, the rows of a screen.
 */
export function listen({ grid, filter, actions }) {
  const moves = {
    ArrowDown: () => actions.move(1),
    ArrowUp: () => actions.move(-1),
    PageDown: () => actions.move(actions.page()),
    PageUp: () => actions.move(-actions.page()),
    Home: () => actions.moveTo("first"),
    End: () => actions.moveTo("last"),
  };
  const ofGrid = { ...moves, Enter: actions.play, " ": actions.pause, d: actions.download, c: actions.copy };
  const ofPage = {
    "/": () => filter.select(),
    ArrowDown: () => grid.focus(),
    ArrowUp: () => grid.focus(),
    Escape: () => actions.close() || actions.clear(),
  };

  grid.addEventListener("focus", () => {
    if (grid.matches(":focus-visible")) actions.begin();
  });
  grid.addEventListener("keydown", (event) => {
    if (event.target === grid) run(event, ofGrid);
  });
  filter.addEventListener("keydown", (event) => {
    const enter = () => {
      grid.focus();
      actions.move(0);
    };
    run(event, { ArrowDown: enter, Enter: enter, Escape: () => actions.clear() || enter() });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" || !takesKeys(event.target)) run(event, ofPage);
  });
}

function run(event, actions) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
  if (action === undefined) return;
  event.preventDefault();
  action();
}

function takesKeys(element) {
  return element.closest("input, select, textarea, video, audio") !== null;
}
