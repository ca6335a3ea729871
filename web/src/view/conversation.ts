// The list of bubbles and cards. It scrolls by itself only while it is at its end.

import type { Conversation, ConversationListener, Entry } from "../conversation";
import { BubbleView, dividerElement } from "./bubble";
import { byId } from "./dom";
import { icon } from "./icons";
import { ToolCardView } from "./tool-card";
import type { ClockView } from "./waterfall-panel";

const AT_END_PX = 48;

interface EntryView {
  element: HTMLElement;
  render(): void;
}

export class ConversationView implements ConversationListener {
  /** Set right after construction: the model needs its listener first. */
  model: Conversation | null = null;
  private readonly list = byId("entries", HTMLOListElement);
  private readonly scroller = byId("scroller", HTMLElement);
  private readonly toEnd = byId("to-end", HTMLButtonElement);
  private readonly views = new Map<Entry, EntryView>();
  private following = true;

  constructor(private readonly clock: ClockView) {
    this.toEnd.prepend(icon("down"));
    this.toEnd.onclick = () => this.scrollToEnd();
    this.scroller.addEventListener("scroll", () => this.noteScroll(), { passive: true });
    new ResizeObserver(() => this.keepEnd()).observe(this.scroller);
  }

  changed(entry: Entry): void {
    const entries = this.model?.entries ?? [];
    const index = entries.indexOf(entry);
    const known = this.views.get(entry);
    if (index < 0) {
      known?.element.remove();
      this.views.delete(entry);
      return;
    }
    if (known) known.render();
    const view = known ?? this.create(entry);
    this.place(view.element, index);
    this.keepEnd();
  }

  cleared(): void {
    this.views.clear();
    this.list.replaceChildren();
    this.following = true;
    this.toEnd.hidden = true;
  }

  private create(entry: Entry): EntryView {
    const view = this.viewOf(entry);
    this.views.set(entry, view);
    return view;
  }

  private viewOf(entry: Entry): EntryView {
    switch (entry.kind) {
      case "bubble":
        return new BubbleView(entry, this.clock, () => this.noteScroll());
      case "tool":
        return new ToolCardView(entry);
      case "divider":
        return { element: dividerElement(entry.text), render: () => undefined };
    }
  }

  private place(element: HTMLElement, index: number): void {
    if (this.list.children[index] === element) return;
    element.remove();
    this.list.insertBefore(element, this.list.children[index] ?? null);
  }

  private noteScroll(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.following = scrollHeight - scrollTop - clientHeight < AT_END_PX;
    this.toEnd.hidden = this.following;
  }

  private keepEnd(): void {
    if (this.following) this.scrollToEnd();
    else this.toEnd.hidden = false;
  }

  private scrollToEnd(): void {
    this.following = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.toEnd.hidden = true;
  }
}
