// The board's moving parts as components: Python fills them (oms_app/components/board_parts.py) and draws everything inside.
import { createElement as h, useCallback, useEffect, useRef, useState } from "react";
import { Accessibility, Feedback } from "@dnd-kit/dom";
import { DragDropProvider, PointerSensor, useDraggable, useDroppable } from "@dnd-kit/react";
import { move, onCardClick, onCardKey, onPageKey } from "$/public/board/keys.js";
import { glide } from "$/public/board/motion.js";
import * as store from "$/public/board/store.js";

/** Everything that drags, and the listener that hears what the server says. */
export function Board({ snapshot, patches, presence, takenBack, titles, lanes, className, children, ...events }) {
  const latest = useRef(events);
  latest.current = events;
  useEffect(() => store.name(titles), [titles]);
  useEffect(() => queueMicrotask(() => store.group(lanes)), [lanes]);
  // In a microtask: React forbids a synchronous draw inside an effect.
  useEffect(() => queueMicrotask(() => store.feed(snapshot, patches, latest.current.onRefresh)), [snapshot, patches]);
  useEffect(() => store.meet(presence), [presence]);
  useEffect(() => queueMicrotask(() => takenBack?.numbers && store.unwish(takenBack.numbers)), [takenBack]);
  useEffect(watchLink, []);
  useEffect(() => {
    const press = (event) => onPageKey(event, latest.current);
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  useEffect(() => () => latest.current.onLeave(), []);

  const start = ({ operation }) => latest.current.onGrab(store.startDrag(operation.source.id));
  const over = ({ operation }) => store.dragOver(operation.target?.id ?? null);
  const end = (event) => dropped(event, latest.current);
  const drags = { onDragStart: start, onDragOver: over, onDragEnd: end, sensors: SENSORS, plugins };
  const hears = { onKeyDown: (event) => onCardKey(event, latest.current), onClick: (event) => onCardClick(event) };
  return h(DragDropProvider, drags, h("div", { className, ...hears }, children));
}

/** Changes are paused while the page's connection pill says that the shop is out of reach (components/connection.py). */
function watchLink() {
  const root = document.documentElement;
  const look = () => store.pause(root.dataset.link === "offline");
  const watch = new MutationObserver(look);
  watch.observe(root, { attributes: true, attributeFilter: ["data-link"] });
  look();
  return () => watch.disconnect();
}

// The handle alone starts a drag, by mouse or finger; the keyboard moves cards by menu and keys (keys.js).
const SENSORS = [PointerSensor];
const OURS = [
  Feedback.configure({ dropAnimation: glide }),
  // The board has its own live region, which says what became of a move; the drag itself is for hands that see it.
  Accessibility.configure({
    announcements: {},
    screenReaderInstructions: { draggable: "By keyboard: press M for the Move menu, or < and > to move the order." },
  }),
];
const plugins = (usual) => [...usual.filter((each) => each !== Feedback && each !== Accessibility), ...OURS];

function dropped(event, { onMove, onGrab, onRefresh }) {
  const { operation, canceled } = event;
  const held = store.endDrag();
  onGrab([]);
  const to = operation.target?.id;
  if (canceled || !held || !to || to === held.from) return;
  // Painted first, asked second: the card glides on to its new place while the message travels.
  const drop = event.suspend();
  if (held.numbers.length > 1 || !store.reason(held.numbers[0], to)) store.wish(held.numbers, to, onRefresh);
  requestAnimationFrame(() => drop.resume());
  onMove(held.numbers, to, held.versions);
}

/** A stage: accepts cards, and says so or why not while they hover. */
export function Column({ stage, title, children, ...rest }) {
  const { ref, isDropTarget } = useDroppable({ id: stage });
  const welcome = store.useWelcome(stage);
  const late = store.useLate(stage);
  const { lanes } = store.useColumn(stage);
  const hint = welcome === undefined ? null : welcome || `Drop to ${title}`;
  const looks = { "data-welcome": hint && (welcome ? "no" : "yes"), "data-over": isDropTarget ? "" : undefined };
  const waits = isDropTarget && late > 0 && `${late} update${late > 1 ? "s" : ""}`;
  const notes = [hint && h("p", { key: "hint", className: "board-hint" }, hint)];
  if (waits) notes.push(h("p", { key: "late", className: "board-late" }, waits));
  const style = { gridRow: `1 / span ${lanes.length + 2}` }; // the head, the lanes, and what stands below them
  return h("section", { ...rest, ref, style, "data-stage": stage, ...looks }, ...[children].flat(), ...notes);
}

/** A column beside the flow: closed until somebody looks, and empty while it is closed. */
export function Side({ side, children, ...rest }) {
  const [open, setOpen] = useState(false);
  const [summary, ...body] = [children].flat();
  const toggle = ({ currentTarget }) => setOpen(currentTarget.open);
  return h("details", { ...rest, name: "board-side", "data-side": side, onToggle: toggle }, summary, ...(open ? body : []));
}

/** An order: drags by its handle, carries its marks. */
export function Card({ order, stage, children, ...rest }) {
  const paused = store.usePaused();
  const { ref, handleRef } = useDraggable({ id: order.number, disabled: paused });
  const drawn = useRef(null);
  const card = useCallback(
    (node) => {
      drawn.current = node;
      ref(node);
      handleRef(node?.querySelector("[data-handle]") ?? null);
    },
    [ref, handleRef],
  );
  const [marks, hand] = store.useMarks(order.number, stage).split("|");
  const has = (mark) => (marks.includes(mark) ? "" : undefined);
  const chosen = marks.includes("selected");
  useEffect(() => drawn.current?.querySelector("[data-select]")?.setAttribute("aria-pressed", chosen), [chosen]);
  const looks = { "data-selected": has("selected"), "data-waiting": has("waiting"), "data-hand": hand || undefined };
  const names = { "data-order": order.number, "data-version": order.version, "data-sla": order.sla };
  const tab = marks.includes("tab") ? 0 : -1;
  return h("article", { ...rest, ref: card, tabIndex: tab, ...names, ...looks }, children);
}

/** The one Move menu, opened beside whichever card asks. */
export function Menu({ onMove, onRefresh, children, ...rest }) {
  const menu = store.useMenu();
  const list = useRef(null);
  useEffect(() => list.current?.querySelector("button")?.focus(), [menu]);
  if (!menu) return null;
  const items = () => [...list.current.querySelectorAll("button")];
  const step = (by) => {
    const all = items();
    all[(all.indexOf(document.activeElement) + by + all.length) % all.length].focus();
  };
  const press = (event) => {
    const act = { ArrowDown: () => step(1), ArrowUp: () => step(-1), Home: () => items()[0].focus(), End: () => items().at(-1).focus() };
    const leave = { Escape: store.closeMenu, Tab: store.closeMenu };
    const chosen = act[event.key] ?? leave[event.key];
    if (!chosen) return;
    event.preventDefault();
    event.stopPropagation();
    chosen();
  };
  const place = { left: Math.min(menu.x, innerWidth - 288), top: Math.min(menu.y, innerHeight - 40 * menu.targets.length - (menu.why ? 84 : 24)) };
  const away = { className: "board-menu-away", onClick: store.closeMenu, "aria-hidden": true };
  const pick = ({ target }) => {
    const to = target.closest("[data-to]")?.dataset.to;
    if (!to) return;
    store.closeMenu();
    move(menu.number, to, { onMove, onRefresh });
  };
  const hears = { onKeyDown: press, onClick: pick };
  const body = { ...rest, ...hears, ref: list, role: "menu", style: place, "aria-label": `Move order ${menu.number}`, "aria-describedby": "board-menu-why" };
  return h("div", null, h("div", away), h("div", body, h("div", { id: "board-menu-why" }, menu.why), children));
}

/** What a screen reader hears of moves. */
export function Said(props) {
  return h("div", { ...props, role: "status", "aria-live": "polite" }, store.useSaid());
}
