// Speaks to screen readers what others see: each finished segment once, and what was cut off.

import type { Bubble, Entry } from "../conversation";
import { make } from "./dom";

const KEPT = 20;

export class Announcer {
  private readonly told = new WeakMap<Bubble, string>();

  constructor(private readonly element: HTMLElement) {}

  changed(entry: Entry): void {
    if (entry.kind !== "bubble" || !entry.final || entry.text === "") return;
    const words = entry.unheard === "" ? entry.text : `${entry.text} (interrupted)`;
    if (this.told.get(entry) === words) return;
    this.told.set(entry, words);
    this.say(`${entry.speaker === "caller" ? "You" : "Agent"}: ${words}`);
  }

  say(text: string): void {
    this.element.append(make("p", {}, text));
    while (this.element.childElementCount > KEPT) this.element.firstElementChild?.remove();
  }
}
