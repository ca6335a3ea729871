// The page's token: taken out of the address, where screenshots and shared links would show it, and kept for this tab.

const KEPT = "antiphon.token";
const IN_ADDRESS = "token";

/** What is used of `window`. */
export interface Tab {
  readonly location: Pick<Location, "pathname" | "search" | "hash">;
  readonly history: Pick<History, "state" | "replaceState">;
  /** Throws where storage is switched off. */
  readonly sessionStorage: Pick<Storage, "getItem" | "setItem">;
}

/** The token of this tab: the address's (`#token=…`), which leaves it, else the one that was kept; "" without either. */
export function takeToken(tab: Tab): string {
  const parts = new URLSearchParams(tab.location.hash.slice(1));
  const given = parts.get(IN_ADDRESS);
  if (!given) return kept(tab);
  // Where nothing can be kept the token stays in the address: a reload would lose it.
  if (keep(tab, given)) {
    parts.delete(IN_ADDRESS);
    const rest = parts.toString();
    const { pathname, search } = tab.location;
    tab.history.replaceState(tab.history.state, "", pathname + search + (rest && `#${rest}`));
  }
  return given;
}

function kept(tab: Tab): string {
  try {
    return tab.sessionStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}

function keep(tab: Tab, token: string): boolean {
  try {
    tab.sessionStorage.setItem(KEPT, token);
    return true;
  } catch {
    return false;
  }
}
