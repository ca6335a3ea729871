// Speaks to screen readers what others see: each segment once, when it is finished or was cut off.

import type { Bubble, Entry } from "../conversation";
import { make } from "./dom";

const KEPT = 20;

export class Announcer {
  private readonly told = new WeakMap<Bubble, string>();

  constructor(private readonly element: HTMLElement) {}

  changed(entry: Entry): void {
    if (entry.kind !== "bubble" || entry.text === "") return;
    const isCut = entry.unheard !== "";
    if (!entry.final && !isCut) return;
    const words = isCut ? `${entry.text} (interrupted)` : entry.text;
    if (this.told.get(entry) === words) return;
    this.told.set(entry, words);
    this.say(`${entry.speaker === "caller" ? "You" : "Agent"}: ${words}`);
  }

  say(text: string): void {
    this.element.append(make("p", {}, text));
    while (this.element.childElementCount > KEPT) this.element.firstElementChild?.remove();
  }
}
