// How cards move: a dropped one glides to its place, one that somebody else moved flies there as a ghost.

const FLIGHT = { duration: 200, easing: "cubic-bezier(0.2, 0, 0, 1)" };
const MOST = 8; // more than this at once is a crowd, not a movement

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const element = (number) => document.querySelector(`[data-order="${CSS.escape(number)}"]:not([data-dnd-placeholder])`);
const inSight = ({ top, bottom, left, right }) => bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;

/** Remember where these cards are; the function returned is called after they were drawn anew. */
export function ghosts(numbers) {
  if (numbers.length > MOST || still()) return () => {};
  const flights = numbers.flatMap((number) => {
    const card = element(number);
    const from = card?.getBoundingClientRect();
    // A card in somebody's hand here, or out of sight, does not fly.
    return card && inSight(from) && !card.hasAttribute("data-dnd-dragging") ? [{ number, from, ghost: twin(card) }] : [];
  });
  return () => flights.forEach(fly);
}

function twin(card) {
  const ghost = card.cloneNode(true);
  for (const name of ["data-order", "data-version", "tabindex", "id"]) ghost.removeAttribute(name);
  ghost.setAttribute("aria-hidden", "true");
  ghost.inert = true;
  return ghost;
}

function fly({ number, from, ghost }) {
  const card = element(number);
  const to = card?.getBoundingClientRect();
  if (!card || !inSight(to)) return;
  const place = { position: "fixed", margin: 0, zIndex: 40, left: `${from.left}px`, top: `${from.top}px` };
  Object.assign(ghost.style, place, { width: `${from.width}px`, height: `${from.height}px`, pointerEvents: "none" });
  (document.querySelector(".radix-themes") ?? document.body).append(ghost);
  const path = [{ transform: "none" }, { transform: `translate(${to.left - from.left}px, ${to.top - from.top}px)` }];
  ghost.animate(path, { ...FLIGHT, fill: "both" }).finished.finally(() => ghost.remove());
  card.animate([{ opacity: 0 }, { opacity: 0, offset: 0.9 }, { opacity: 1 }], { ...FLIGHT, fill: "backwards" });
}

/** dnd-kit's drop animation, with `fill`: without it Chrome may draw a frame before the start, at the card's old place. */
export async function glide({ element, feedbackElement, placeholder, translate }) {
  placeholder?.scrollIntoView({ block: "nearest", inline: "nearest" }); // its place may be below the fold of the column
  const here = feedbackElement.getBoundingClientRect();
  const there = (placeholder ?? element).getBoundingClientRect();
  const end = { x: translate.x + there.left - here.left, y: translate.y + there.top - here.top };
  const path = { translate: [`${translate.x}px ${translate.y}px`, `${end.x}px ${end.y}px`] };
  feedbackElement.setAttribute("data-dnd-dropping", ""); // lifts dnd-kit's own translate
  const flight = feedbackElement.animate(path, { ...FLIGHT, duration: still() ? 0 : FLIGHT.duration, fill: "both" });
  await flight.finished;
  feedbackElement.removeAttribute("data-dnd-dropping");
  flight.cancel();
}
