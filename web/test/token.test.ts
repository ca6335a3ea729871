import assert from "node:assert/strict";
import { test } from "node:test";
import { takeToken, type Tab } from "../src/token";

/** A tab at an address; what is kept in it outlives a reload. */
function tabAt(address: string, kept = new Map<string, string>()): Tab & { address: string } {
  const tab = {
    address,
    location: new URL(address),
    history: {
      state: { of: "the page" },
      replaceState(state: unknown, _title: string, url?: string | URL | null): void {
        assert.deepEqual(state, tab.history.state);
        tab.address = new URL(String(url), address).href;
      },
    },
    sessionStorage: {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
    },
  };
  return tab;
}

test("the token leaves the address, is kept for the tab, and outlives a reload", () => {
  const kept = new Map<string, string>();
  const tab = tabAt("https://desk.example:8000/line/?a=1#token=open%20se%2Bsame", kept);
  assert.equal(takeToken(tab), "open se+same");
  assert.equal(tab.address, "https://desk.example:8000/line/?a=1");
  assert.equal(takeToken(tabAt(tab.address, kept)), "open se+same");
});

test("what else stands in the address stays", () => {
  const tab = tabAt("https://desk.example/#a=1&token=open&b=2");
  assert.equal(takeToken(tab), "open");
  assert.equal(tab.address, "https://desk.example/#a=1&b=2");
});

test("another token in the address takes the place of the one that is kept, an empty one does not", () => {
  const kept = new Map<string, string>();
  takeToken(tabAt("https://desk.example/#token=first", kept));
  assert.equal(takeToken(tabAt("https://desk.example/#token=", kept)), "first");
  assert.equal(takeToken(tabAt("https://desk.example/#token=second", kept)), "second");
  assert.equal(takeToken(tabAt("https://desk.example/#text", kept)), "second");
  assert.equal(takeToken(tabAt("https://desk.example/")), "");
});

test("where nothing can be kept the token stays in the address", () => {
  const refuse = (): never => {
    throw new Error("storage is switched off");
  };
  const sessionStorage = { getItem: refuse, setItem: refuse };
  const tab = Object.assign(tabAt("https://desk.example/#token=open"), { sessionStorage });
  assert.equal(takeToken(tab), "open");
  assert.equal(takeToken(Object.assign(tabAt("https://desk.example/"), { sessionStorage })), "");
  assert.equal(tab.address, "https://desk.example/#token=open");
});
