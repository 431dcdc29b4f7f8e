// The board as data, no screen: the server's columns, moves it has not confirmed yet, and what a person therefore sees.
//
// board   { key, seq, fields, sort, moves, guarded, columns: { stage: { head, cards } }, sides: { side: { head, cards } } },
//         as the server last said it
// wishes  { number: { to, version, at } }, moves made here (at that moment) that no patch has confirmed

export const NOTHING = { key: "", seq: 0, fields: [], sort: {}, moves: {}, guarded: [], columns: {}, sides: {} };

const toCard = (fields, row) => Object.fromEntries(fields.map((name, place) => [name, row[place]]));
const ordering = (fields) => {
  const keys = `${fields}`.split(",").map((field) => (field.startsWith("-") ? [field.slice(1), -1] : [field, 1]));
  keys.push(["id", keys.at(-1)[1]]);
  return (a, b) => keys.reduce((so, [name, sign]) => so || sign * (a[name] - b[name]), 0);
};

/** The board a snapshot describes. */
export function fromSnapshot({ columns, sides, ...rest }) {
  const fill = ({ stage, head, cards }) => [stage, { head, cards: cards.map((row) => toCard(rest.fields, row)) }];
  return { ...rest, columns: Object.fromEntries(columns.map(fill)), sides: Object.fromEntries(sides.map(fill)) };
}

/** The board after one patch; columns it does not name stay the same objects, so that React skips them. */
export function withPatch(board, patch) {
  const [columns, sides] = [{ ...board.columns }, { ...board.sides }];
  for (const [name, { head, put, cut }] of Object.entries(patch.columns)) {
    const place = name in columns ? columns : sides;
    const fresh = put.map((row) => toCard(board.fields, row));
    const replaced = new Set([...cut, ...fresh.map((card) => card.number)]);
    const kept = place[name].cards.filter((card) => !replaced.has(card.number));
    place[name] = { head, cards: fresh.length ? [...kept, ...fresh].sort(ordering(board.sort[name])) : kept };
  }
  return { ...board, seq: patch.seq, columns, sides };
}

/** Where a card stands for the server: [stage, card], or nothing. */
export function find(columns, number) {
  for (const [stage, column] of Object.entries(columns)) {
    const card = column.cards.find((each) => each.number === number);
    if (card) return [stage, card];
  }
  return undefined;
}

/** The wishes that still wait for the server: the card is there, and no version newer than the one that was moved. */
export function waiting(board, wishes) {
  const open = Object.entries(wishes).filter(([number, wish]) => find(board.columns, number)?.[1].version <= wish.version);
  return Object.fromEntries(open);
}

/** What a person sees: the server's columns with their own wishes granted. */
export function granted(board, wishes) {
  const moves = Object.entries(wishes).map(([number, { to, at }]) => {
    const [from, card] = find(board.columns, number);
    return { from, to, card: { ...card, stage_at: at } };
  }).filter(({ from, to }) => from !== to);
  if (!moves.length) return board.columns;
  const columns = { ...board.columns };
  for (const stage of new Set(moves.flatMap(({ from, to }) => [from, to]))) {
    const gone = new Set(moves.filter(({ from }) => from === stage).map(({ card }) => card.number));
    const come = moves.filter(({ to }) => to === stage).map(({ card }) => card);
    const { head, cards } = columns[stage];
    columns[stage] = {
      head: { ...head, count: head.count + come.length - gone.size },
      cards: [...cards.filter((card) => !gone.has(card.number)), ...come].sort(ordering(board.sort[stage])),
    };
  }
  return columns;
}

/** Lanes of priority: each with the points it begins at, what is urgent first. */
const URGENT = [["High", 50], ["Normal", 20], ["Low", -Infinity]];

const LANES = {
  channel: (card) => card.channel,
  location: (card) => card.location || "No location",
  payment: (card) => card.payment,
  assignee: (card) => card.assignee || "Nobody",
  priority: (card) => URGENT.find(([, from]) => card.priority >= from)[0],
};
const cut = new WeakMap(); // column -> { by, column }, so that a column that stays the same is drawn once

/** Columns with their cards in lanes { name, cards }, the same lanes in each; without a field one lane without a name. */
export function inLanes(columns, field) {
  const of = LANES[field] ?? (() => "");
  const found = new Set(Object.values(columns).flatMap(({ cards }) => cards.map(of)));
  const names = LANES[field] ? [...found].sort() : [""];
  if (field === "priority") names.splice(0, names.length, ...URGENT.map(([name]) => name).filter((name) => found.has(name)));
  const by = JSON.stringify([field, names]);
  const split = (column) => {
    const lanes = names.map((name) => ({ name, cards: column.cards.filter((card) => of(card) === name) }));
    return { ...column, lanes, cards: lanes.flatMap(({ cards }) => cards) };
  };
  const kept = (column) => {
    if (cut.get(column)?.by !== by) cut.set(column, { by, column: split(column) });
    return cut.get(column).column;
  };
  return Object.fromEntries(Object.entries(columns).map(([stage, column]) => [stage, kept(column)]));
}

/** Why this card may not go there: a sentence, or "" when it may. The server decides again. */
export function whyNot(board, stage, card, to) {
  if (stage === to) return "It is here already.";
  const reason = board.moves[stage]?.[to] ?? "";
  if (reason || !card.blocked) return reason;
  return board.guarded.includes(to) && !isBackward(board, stage, to) ? card.blocked : "";
}

const isBackward = (board, from, to) => {
  const flow = Object.keys(board.columns);
  return flow.indexOf(to) < flow.indexOf(from);
};

/** Cards whose place changed between two sets of columns, and now stand in another column: [number, …]. */
export function travelled(before, after) {
  const place = {};
  for (const [stage, column] of Object.entries(before)) for (const card of column.cards) place[card.number] = stage;
  return Object.entries(after).flatMap(([stage, column]) =>
    column === before[stage]
      ? []
      : column.cards.filter(({ number }) => place[number] && place[number] !== stage).map(({ number }) => number),
  );
}
