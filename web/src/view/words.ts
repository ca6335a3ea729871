// Words that appear one after the other: what stands already stays untouched, only what is new is added and fades in.

import { make } from "./dom";

/** How many leading words two texts share. */
export function shared(before: readonly string[], after: readonly string[]): number {
  let count = 0;
  while (count < before.length && before[count] === after[count]) count += 1;
  return count;
}

export class Words {
  private words: string[] = [];

  constructor(private readonly element: HTMLElement) {}

  show(text: string): void {
    const words = text.split(/\s+/).filter((word) => word !== "");
    const kept = shared(this.words, words);
    while (this.element.childNodes.length > kept) this.element.lastChild?.remove();
    words.slice(kept).forEach((word, index) => {
      this.element.append(make("span", { class: "word" }, (kept + index > 0 ? " " : "") + word));
    });
    this.words = words;
  }
}
