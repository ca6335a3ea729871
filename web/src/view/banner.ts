// What went wrong, in one sentence with one button.

import type { ProblemWords, Remedy } from "../problems";
import { make } from "./dom";
import { icon } from "./icons";

export class Banner {
  /** The code of the problem that is shown; "" for none. */
  code = "";

  constructor(
    private readonly element: HTMLElement,
    private readonly act: (remedy: Remedy) => void,
  ) {}

  show(problem: ProblemWords): void {
    // Told again while it is shown: neither spoken twice, nor the focus lost.
    if (this.code === problem.code && this.element.textContent === problem.sentence + problem.button) return;
    this.code = problem.code;
    const button = make("button", { type: "button", "data-testid": "banner-button" }, problem.button);
    button.onclick = () => {
      this.clear();
      this.act(problem.remedy);
    };
    this.element.replaceChildren(icon("warning"), make("p", {}, problem.sentence), button);
    this.element.dataset["code"] = problem.code;
    this.element.hidden = false;
  }

  /** Hides the problem, if it is one of these. */
  hide(...codes: string[]): void {
    if (codes.includes(this.code)) this.clear();
  }

  clear(): void {
    this.code = "";
    this.element.hidden = true;
    this.element.replaceChildren();
    delete this.element.dataset["code"];
  }
}
