// The board of this browser tab: one store, small hooks that read it, and the few verbs that change it.
import { useSyncExternalStore } from "react";
import { flushSync } from "react-dom";
import { ghosts } from "$/public/board/motion.js";
import { NOTHING, find, fromSnapshot, granted, inLanes, travelled, waiting, whyNot, withPatch } from "$/public/board/columns.js";

const EMPTY = { head: null, cards: [], lanes: [] };
const UNCONFIRMED = 15000; // ms after which an unanswered move is taken back and the board read anew

let board = NOTHING;
let wishes = {};
let grouping = ""; // what splits columns into lanes
let shown = {}; // stage -> column, as drawn
let selected = new Set();
let drag = null; // { numbers, versions, from, over }
let held = {}; // stage -> { column, updates }, what waits under the drag and how many updates it took
let current = {}; // stage -> number of the card that Tab reaches
let menu = null; // { number, stage, x, y }
let said = "";
let names = {}; // stage -> title
let presence = {}; // number -> name of the person whose hand is on it
let mine = []; // numbers that this hand took last
let calm = true; // false while changes are paused
let minute = Math.floor(Date.now() / 60000);

const listeners = new Set();
const subscribe = (listener) => (listeners.add(listener), () => listeners.delete(listener));
const notify = () => listeners.forEach((listener) => listener());
const read = (select) => useSyncExternalStore(subscribe, select, select);

export const useColumn = (stage) => read(() => shown[stage] ?? EMPTY);
export const useSide = (side) => read(() => board.sides[side] ?? EMPTY);
export const useMenu = () => read(() => menu);
export const useSaid = () => read(() => said);
export const useLate = (stage) => read(() => held[stage]?.updates ?? 0);
export const useChosen = () => read(() => selected.size);
export const useMinute = () => read(() => minute);
export const usePaused = () => read(() => !calm);

/** What marks a card: "selected waiting tab", and who has it in hand. One string, so that a card draws only on a change. */
export const useMarks = (number, stage) =>
  read(() => {
    const marks = [selected.has(number) && "selected", wishes[number] && "waiting", tabStop(stage) === number && "tab"];
    return `${marks.filter(Boolean).join(" ")}|${presence[number] ?? ""}`;
  });

/** What a column says while cards are dragged: undefined, "" (welcome), or why not. */
export const useWelcome = (stage) =>
  read(() => {
    if (!drag) return undefined;
    const [number] = drag.numbers;
    const [, card] = find(board.columns, number) ?? [];
    return card && stage !== drag.from ? whyNot(board, drag.from, card, stage) : undefined;
  });

const tabStop = (stage) => {
  const cards = shown[stage]?.cards ?? [];
  return cards.some(({ number }) => number === current[stage]) ? current[stage] : cards[0]?.number;
};

const view = () => inLanes(granted(board, waiting(board, wishes)), grouping);

function draw() {
  const open = waiting(board, wishes);
  const settled = Object.keys(wishes).filter((number) => !open[number]);
  const granting = settled.filter((number) => find(board.columns, number)?.[0] === wishes[number].to);
  const from = Object.fromEntries(granting.map((number) => [number, wishes[number].from]));
  wishes = open;
  const next = view();
  for (const number of granting) announce(number, from[number], next);
  // The column a card was taken from, and the one under it, hold still until the hand lets go.
  const still = [drag?.from, drag?.over].filter((stage) => shown[stage] && next[stage] && next[stage] !== shown[stage]);
  const waits = (stage) => ({ column: next[stage], updates: (held[stage]?.updates ?? 0) + (held[stage]?.column !== next[stage]) });
  held = Object.fromEntries(still.map((stage) => [stage, waits(stage)]));
  shown = { ...next, ...Object.fromEntries(still.map((stage) => [stage, shown[stage]])) };
  notify();
}

function announce(number, from, columns) {
  const [to, card] = find(columns, number);
  const place = columns[to].cards.indexOf(card) + 1;
  said = `Order ${number} moved from ${names[from]} to ${names[to]}, ${place} of ${columns[to].head.count}`;
  if (document.activeElement === document.body) queueMicrotask(() => focus(number));
}

/** Draw, and let what travelled from column to column be seen travelling; the keyboard keeps its place. */
function redraw() {
  const before = shown;
  const focused = document.activeElement?.closest?.("[data-order]")?.dataset.order;
  const [stage] = (focused && find(before, focused)) ?? [];
  const place = stage && before[stage].cards.findIndex(({ number }) => number === focused);
  const arrive = ghosts(travelled(before, view()));
  flushSync(draw);
  arrive();
  if (focused && document.activeElement?.closest?.("[data-order]")?.dataset.order !== focused) {
    const cards = shown[stage].cards;
    focus(find(shown, focused) ? focused : cards[Math.min(place, cards.length - 1)]?.number);
  }
}

/** Take in what the server sent. `onGap` asks for a new snapshot. */
export function feed(snapshot, patches, onGap) {
  if (snapshot?.key && (snapshot.key !== board.key || snapshot.stamp !== board.stamp)) {
    board = fromSnapshot(snapshot);
    held = {};
    draw(); // says which wishes came true
    unwish(); // the server knows of no others
  }
  const fresh = (patches ?? []).filter(({ key, seq }) => key === board.key && seq > board.seq);
  for (const patch of fresh) {
    if (patch.seq !== board.seq + 1) return onGap?.();
    board = withPatch(board, patch);
  }
  if (fresh.length) redraw();
}

export function group(field) {
  grouping = field;
  draw();
}

export function name(titles) {
  names = titles;
}

/** Whose hand is on which cards. One's own hand, also the one that just let go, is no news. */
export function meet(people) {
  mine = mine.filter((number) => people?.[number]);
  presence = Object.fromEntries(Object.entries(people ?? {}).filter(([number]) => !mine.includes(number)));
  notify();
}

/** Show cards in their new column before the server has said yes. */
export function wish(numbers, to, onSilence) {
  if (!board.columns[to]) return; // Cancelled is no column: its card stays, with the keyboard on it, until the server has spoken
  const there = numbers.filter((number) => find(board.columns, number));
  const made = there.map((number) => {
    const [[from], [version]] = [find(shown, number), versions([number])];
    return [number, { from, to, version, at: Date.now() }];
  });
  wishes = { ...wishes, ...Object.fromEntries(made) };
  flushSync(draw);
  const wait = () => {
    if (!made.some(([number, each]) => wishes[number] === each)) return;
    if (document.querySelector("[role=dialog]")) return setTimeout(wait, UNCONFIRMED); // the person is being asked
    unwish(numbers);
    onSilence?.();
  };
  setTimeout(wait, UNCONFIRMED);
}

/** Take wishes back: the server said no, or the person did. Without numbers: all of them. */
export function unwish(numbers = Object.keys(wishes)) {
  wishes = Object.fromEntries(Object.entries(wishes).filter(([number]) => !numbers.includes(number)));
  redraw();
}

export function startDrag(number) {
  const [from] = find(shown, number);
  const stack = selected.has(number) ? [...selected].filter((each) => find(shown, each)?.[0] === from) : [number];
  const numbers = [number, ...stack.filter((each) => each !== number)];
  drag = { numbers, versions: versions(numbers), from, over: null };
  mine = numbers;
  notify();
  return numbers;
}

export function dragOver(stage) {
  if (!drag || drag.over === stage) return;
  drag = { ...drag, over: stage };
  if (Object.keys(held).length) draw();
}

/** The drag is over: what was in hand { numbers, versions, from }. What waited under it is drawn. */
export function endDrag() {
  const hand = drag;
  drag = null;
  draw();
  return hand;
}

export const cards = (stage) => shown[stage]?.cards ?? [];
export const stages = () => Object.keys(shown);
/** The lanes of a column, and where a card stands in its own: [lane, place]. */
export const lanes = (stage) => shown[stage]?.lanes ?? [];
export const spot = (number) => {
  const all = lanes(find(shown, number)[0]).map(({ cards }) => cards.findIndex((card) => card.number === number));
  const lane = all.findIndex((place) => place >= 0);
  return [lane, all[lane]];
};
export const where = (number) => find(shown, number);
export const chosen = () => [...selected].filter((number) => find(shown, number));
// A card moved twice in a row: the second move is made on the version that the first will bring.
export const versions = (numbers) =>
  numbers.map((number) => (wishes[number] ? wishes[number].version + 1 : (find(shown, number)?.[1].version ?? 0)));
export const reason = (number, to) => {
  const [stage, card] = find(shown, number) ?? [];
  return card ? whyNot(board, stage, card, to) : "It is no longer on the board.";
};

export function select(number, on = !selected.has(number)) {
  selected = new Set(selected);
  on ? selected.add(number) : selected.delete(number);
  notify();
}

export function clearSelection() {
  selected = new Set();
  notify();
}

export function say(sentence) {
  said = sentence;
  notify();
}

export function openMenu(number, x, y) {
  const [stage, card] = find(shown, number);
  const why = card.priority ? `Priority ${card.priority}: ${card.why}` : "";
  const targets = Object.keys(board.moves[stage] ?? {}).map((to) => ({ stage: to, title: names[to], why: reason(number, to) }));
  targets.sort((a, b) => Boolean(a.why) - Boolean(b.why));
  menu = { number, stage, x, y, targets, why };
  notify();
}

export function closeMenu() {
  const number = menu?.number;
  menu = null;
  notify();
  if (number) focus(number);
}

/** While the server is out of reach nothing moves, and nothing asked before is taken for granted. */
export function pause(on) {
  if (on !== calm) return;
  calm = !on;
  if (on) unwish();
  else notify();
}

/** Put the keyboard on a card, and make it its column's tab stop. */
export function focus(number) {
  const [stage] = (number && find(shown, number)) ?? [];
  if (!stage) return;
  current = { ...current, [stage]: number };
  notify();
  document.querySelector(`[data-order="${CSS.escape(number)}"]:not([data-dnd-placeholder])`)?.focus();
}

/** How an order in the building stands against its ship-by time; else how long ago it was placed. */
export function standing(order, gone, now) {
  const by = Math.floor(order.ship_by / 60000);
  if (order.sla === "late") return gone ? "Left late" : `Late by ${span(now - by)}`;
  if (order.sla === "due") return `Due in ${span(by - now)}`;
  return span(now - Math.floor(order.placed_at / 60000));
}

/** Minutes in the largest unit that fits. */
function span(minutes) {
  const some = Math.max(0, minutes);
  return some < 60 ? `${some} min` : some < 2880 ? `${Math.floor(some / 60)} h` : `${Math.floor(some / 1440)} d`;
}

if (typeof window !== "undefined")
  setInterval(() => {
    minute = Math.floor(Date.now() / 60000);
    notify();
  }, 60000);
