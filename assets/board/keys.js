// The board by keyboard: arrows walk, m opens the menu, < and > move, x selects, Enter opens, Ctrl/⌘ Z takes back.
import * as store from "$/public/board/store.js";

const typing = ({ target }) => target.closest("input, textarea, select, [contenteditable]");

/** Keys that work wherever the focus is. */
export function onPageKey(event, { onUndo }) {
  if (event.key.toLowerCase() !== "z" || event.shiftKey || !(event.ctrlKey || event.metaKey) || typing(event)) return;
  event.preventDefault();
  onUndo?.();
}

/** Keys of the card that has the focus. */
export function onCardKey(event, events) {
  const card = event.target.closest("[data-order]");
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  const number = card.dataset.order;
  const act = {
    ArrowDown: () => walk(number, 0, 1),
    ArrowUp: () => walk(number, 0, -1),
    ArrowRight: () => walk(number, 1, 0),
    ArrowLeft: () => walk(number, -1, 0),
    Home: () => walk(number, 0, -Infinity),
    End: () => walk(number, 0, Infinity),
    m: () => openMenu(card),
    "<": () => shift(number, -1, events),
    ">": () => shift(number, 1, events),
    x: () => store.select(number),
    Escape: () => store.clearSelection(),
    Enter: () => event.target === card && card.querySelector("a").click(),
  }[event.key];
  if (!act || (event.key === "Enter" && event.target !== card)) return;
  event.preventDefault();
  act();
}

/** The small buttons of a card. */
export function onCardClick({ target }) {
  const card = target.closest("[data-order]");
  if (!card) return;
  if (target.closest("[data-menu]")) openMenu(card);
  else if (target.closest("[data-select]")) store.select(card.dataset.order);
}

function openMenu(card) {
  const { left, bottom } = (card.querySelector("[data-menu]") ?? card).getBoundingClientRect();
  store.openMenu(card.dataset.order, left, bottom + 4);
}

/** Move cards from the menu or the keys: painted first where nothing stands against it. */
export function move(number, to, { onMove, onRefresh }) {
  const chosen = store.chosen();
  const numbers = chosen.includes(number) ? chosen : [number];
  const versions = store.versions(numbers);
  if (numbers.length > 1 || !store.reason(number, to)) store.wish(numbers, to, onRefresh);
  onMove(numbers, to, versions);
  store.focus(number);
}

function shift(number, by, events) {
  const stages = store.stages();
  const [stage] = store.where(number);
  const to = stages[stages.indexOf(stage) + by];
  if (to) move(number, to, events);
}

function walk(number, across, down) {
  const stages = store.stages();
  const [stage] = store.where(number);
  if (down) return stand(store.cards(stage), store.cards(stage).findIndex((card) => card.number === number) + down);
  const [lane, place] = store.spot(number);
  for (let at = stages.indexOf(stage) + across; stages[at]; at += across) {
    const { cards } = store.lanes(stages[at])[lane] ?? { cards: [] };
    if (cards.length) return stand(cards, place);
  }
}

function stand(cards, place) {
  store.focus(cards[Math.max(0, Math.min(place, cards.length - 1))].number);
}
