"""Free text: which tokens, numbers and fragments a typed word stands for.

Word by word, the first of these that any order answers: a number that begins so, words that begin so, words or codes
that contain it, and for names and towns a word with a typo less. What was widened or corrected is said in a hint.
"""

from collections.abc import Sequence
from typing import Any

from rapidfuzz.distance import OSA
from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, or_, select, table, true
from sqlalchemy import column as sql_column

from oms_app.db.engine import is_sqlite
from oms_app.db.queries import search_identifiers as identifiers
from oms_app.db.queries import search_vocabulary as vocabulary
from oms_app.db.queries.orders import line, note, order
from oms_app.db.queries.search_index import order_text
from oms_app.db.queries.search_pieces import NO_ORDER, Piece, either, of_ids
from oms_app.db.queries.search_tokens import Token, Tokens, all_of, any_of, on_row, trigrams
from oms_app.domain.search import Scope
from oms_app.domain.search_document import SEPARATOR, code
from oms_app.domain.search_words import EDGES, ITEM, LABELS, NAME, NOTE, PLACE, PRIVATE, label, words

order_text_codes = table("order_text_codes", sql_column("rowid"))

_WORDS = (NAME, PLACE, ITEM, NOTE)
_MOST_WORDS = 250
_FEW = 200
_FRAGMENT = 3
_ONE_TYPO, _TWO_TYPOS = 5, 9


class TextReader:
    """Turns free text into pieces. `hints` collects what was read differently from how it was typed."""

    def __init__(self, tx: Connection, scope: Scope, hints: list[str]):
        self.tx = tx
        self.scope = scope
        self.hints = hints
        self.sqlite = is_sqlite(tx)
        self.words = tuple(kind for kind in _WORDS if scope.sees_customers or kind not in PRIVATE)
        self.identifiers = identifiers.PUBLIC + (identifiers.PRIVATE if scope.sees_customers else ())

    def tokens(self, tokens: Tokens) -> Piece:
        """The piece that tokens alone decide."""
        return Piece(on_row(tokens, order_text.c.words, sqlite=self.sqlite), tokens=tokens, exact=True)

    def phrase(self, typed: str) -> Piece:
        """Exactly these words, in this order inside one field."""
        said = words(typed)
        whole = [f"{kind}:{label(typed)}" for kind in LABELS]
        if len(said) < 2:
            known = [*whole, *(f"{kind}:{word}" for kind in self.words for word in said)]
            found = identifiers.lookup(self.tx, self.identifiers, typed, whole=True)
            pieces = [self.tokens(any_of(known))]
            return either([*pieces, self.by_ids(found)] if found else pieces)
        each = all_of(any_of(f"{kind}:{word}" for kind in self.words) for word in said)
        # Without positions in the index the order of the words is looked up in the texts themselves.
        piece = self.tokens(each)
        return either([Piece(piece.row & self._says(typed), tokens=each), self.tokens(any_of(whole))])

    def word(self, typed: str, *, widen: bool = True) -> Piece:
        """A word that begins so; where there is none and it may be widened, the nearest thing to it."""
        typed = typed.lstrip("#").replace("*", "")
        found: list[Piece] = []
        if identifiers.possible(typed):
            ids = identifiers.lookup(self.tx, self.identifiers, typed, whole=False)
            if ids is None:
                return self.fragment(typed, at_start=True)
            found += [self.by_ids(ids)] if ids else []
        if (beginnings := self._beginnings(typed)) is not None:
            found.append(self.tokens(beginnings))
        return either(found) if found else self._widened(typed) if widen else NO_ORDER

    def fragment(self, typed: str, *, at_start: bool = False, at_end: bool = False) -> Piece:
        """A key (a number, a phone, an e-mail address) that contains the text, begins with it or ends with it."""
        wanted = f"{' ' if at_start else ''}{code(typed)}{' ' if at_end else ''}"
        codes = order_text.c.codes
        if self.sqlite:
            everything = codes if self.scope.sees_customers else func.substr(codes, 1, func.instr(codes, SEPARATOR))
            row: ColumnElement[bool] = func.instr(everything, wanted) > 0
        else:
            row = codes.contains(wanted, autoescape=True)
            if not self.scope.sees_customers:
                row = row & func.split_part(codes, SEPARATOR, 1).contains(wanted, autoescape=True)
        return Piece(row, fragment=wanted if len(wanted) >= _FRAGMENT else "")

    def prefixed(self, kinds: Sequence[str], start: str) -> Tokens | None:
        """Tokens of these kinds whose value begins so; None where no order ever had one."""
        known = vocabulary.beginning(self.tx, kinds, start, _MOST_WORDS + 1)
        if not known:
            return None
        parts: list[Tokens | str] = []
        for kind in kinds:
            mine = [token for token in known if token.startswith(f"{kind}:")]
            if kind == NAME and mine and len(start) in EDGES:
                parts.append(f"{NAME}~{start}")
            elif len(mine) > _MOST_WORDS:
                parts.append(Token(f"{kind}:{start}", open=True))
            else:
                parts += mine
        return any_of(parts)

    def _beginnings(self, typed: str) -> Tokens | None:
        """Orders with a label that begins so, or with all its words, the last of them begun."""
        found = []
        whole, said = label(typed), words(typed)
        if not whole:
            return None
        if len(whole) == 1:
            return any_of([*(f"{kind}:{whole}" for kind in (*LABELS, *self.words))])
        kinds = (*LABELS, "pin") if whole[0].isdigit() else LABELS
        plain = said == [whole]
        if (tokens := self.prefixed((*kinds, *self.words) if plain else kinds, whole)) is not None:
            found.append(tokens)
        if not plain and said and (last := self.prefixed(self.words, said[-1])) is not None:
            found.append(all_of([*(any_of(f"{kind}:{each}" for kind in self.words) for each in said[:-1]), last]))
        return any_of(found) if found else None

    def _widened(self, typed: str) -> Piece:
        """What contains the text, else what is a typo away, else nothing."""
        wanted = label(typed)
        kinds = (*LABELS, *self.words)
        if len(wanted) >= _FRAGMENT:
            if tokens := vocabulary.containing(self.tx, kinds, [wanted], _MOST_WORDS):
                self.hints.append(f"Nothing begins with “{typed}”; words that contain it are shown.")
                return self.tokens(any_of(tokens))
            piece = self.fragment(typed)
            if found := self._first(piece):
                self.hints.append(f"Nothing begins with “{typed}”; numbers and addresses that contain it are shown.")
                return self.by_ids(found) if len(found) <= _FEW else piece
        if near := self._near(wanted):
            shown = ", ".join(sorted({token.partition(":")[2] for token in near}))
            self.hints.append(f"Nothing is called “{typed}”; {shown} is shown.")
            return self.tokens(any_of(near))
        return NO_ORDER

    def _near(self, wanted: str) -> list[str]:
        """Names and towns one typo away from five letters on, two from nine on. A word cut into one part more than
        there may be typos keeps a part whole: that is how candidates are found."""
        typos = 2 if len(wanted) >= _TWO_TYPOS else 1 if len(wanted) >= _ONE_TYPO else 0
        kinds = tuple(kind for kind in (NAME, PLACE) if kind in self.words)
        if not typos:
            return []
        size = len(wanted) // (typos + 1)
        parts = [wanted[at * size : (at + 1) * size if at < typos else None] for at in range(typos + 1)]
        candidates = vocabulary.beginning(self.tx, kinds, parts[0], 10 * _MOST_WORDS)
        if long := [part for part in parts[1:] if len(part) >= _FRAGMENT]:
            candidates += vocabulary.containing(self.tx, kinds, long, 10 * _MOST_WORDS)
        near = {
            token: distance
            for token in candidates
            if (distance := OSA.distance(wanted, token.partition(":")[2], score_cutoff=typos)) <= typos
        }
        return [token for token, distance in near.items() if distance == min(near.values())]

    def _first(self, piece: Piece) -> list[int]:
        """The first orders with the fragment, one more than a few: enough to know whether these are all."""
        if self.sqlite:
            query = containing_codes(piece.fragment)
            query = query.join(order_text, order_text.c.order_id == order_text_codes.c.rowid)
        else:
            query = select(order_text.c.order_id)
        return list(self.tx.scalars(query.where(piece.row).limit(_FEW + 1)))

    def by_ids(self, ids: Sequence[int]) -> Piece:
        """The piece of a handful of orders."""
        return of_ids(ids, sqlite=self.sqlite)

    def _says(self, phrase: str) -> ColumnElement[bool]:
        """A text of the order contains the phrase. SQLite folds ASCII only, so other letters are left to the tokens."""
        if not phrase.isascii():
            return true()
        columns = [order.c.city, order.c.state]
        lists = [(line, line.c.name)]
        if self.scope.sees_customers:
            columns.append(order.c.customer_name)
            lists.append((note, note.c.body))
        said = phrase.lower()
        return or_(
            *(func.lower(each).contains(said, autoescape=True) for each in columns),
            *(
                order.c.id.in_(
                    select(rows.c.order_id).where(
                        func.lower(each).contains(said, autoescape=True), rows.c.order_id == order.c.id
                    )
                )
                for rows, each in lists
            ),
        )


def containing_codes(fragment: str) -> Select[Any]:
    """SQLite: ids of documents whose codes have every trigram of the fragment: all that contain it, and a few more."""
    matches = literal_column("order_text_codes").op("MATCH", is_comparison=True)(trigrams([fragment]))
    return select(order_text_codes.c.rowid).where(matches)
