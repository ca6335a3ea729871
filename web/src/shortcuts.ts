// Space mutes, Esc hangs up, / goes to the text box; never while somebody types, and a focused control keeps its own keys.

export interface Shortcuts {
  mute(): void;
  hangUp(): void;
  focusText(): void;
  leaveText(): void;
}

export type Action = keyof Shortcuts;

/** What a key does, given where the focus is. */
export function action(key: string, focus: "text" | "control" | "page"): Action | null {
  if (focus === "text") return key === "Escape" ? "leaveText" : null;
  switch (key) {
    case "Escape":
      return "hangUp";
    case "/":
      return "focusText";
    case " ":
      return focus === "control" ? null : "mute";
    default:
      return null;
  }
}

export function listen(shortcuts: Shortcuts): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    const found = action(event.key, focusOf(event.target));
    if (found === null) return;
    event.preventDefault();
    shortcuts[found]();
  });
}

function focusOf(target: EventTarget | null): "text" | "control" | "page" {
  if (!(target instanceof Element)) return "page";
  if (target.closest("input, textarea, [contenteditable]")) return "text";
  return target.closest("button, select, a, summary, [tabindex='0']") ? "control" : "page";
}
