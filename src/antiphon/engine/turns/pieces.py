"""A turn's words, recognised piece by piece while the caller still speaks.

The recogniser's time grows with length, so a turn is cut at its pauses. The last piece is open: at each
pause it is recognised on trial, and if the caller goes on, either it is long enough to be closed there (its
words are then final) or the trial is dropped and the piece grows. A closed piece is never recognised again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from antiphon.engine.speech.parts import Recognition


@dataclass(slots=True)
class _Piece:
    start_ms: float
    end_ms: float
    work_id: int | None = None
    result: Recognition | None = None
    hastened: bool = False


class Pieces:
    """The pieces of one turn.

    Args:
        start_ms: stream position of the turn's first audio.
        recognise: starts the recognition of [start_ms, end_ms), on trial; returns the work's id.
        withdraw: withdraws a recognition.
        hasten: makes a recognition final: it goes before all that are on trial.
    """

    def __init__(
        self,
        start_ms: float,
        recognise: Callable[[float, float], int],
        withdraw: Callable[[int], None],
        hasten: Callable[[int], None],
    ) -> None:
        self._recognise = recognise
        self._withdraw = withdraw
        self._hasten = hasten
        self._closed: list[_Piece] = []
        self._open = _Piece(start_ms, start_ms)

    @property
    def open_start_ms(self) -> float:
        """Where the open piece begins."""
        return self._open.start_ms

    @property
    def closed_text(self) -> str:
        """The final words so far."""
        return _join(p.result.text for p in self._closed if p.result)

    @property
    def text(self) -> str:
        """All words recognised so far, those on trial too."""
        return _join(p.result.text for p in [*self._closed, self._open] if p.result)

    @property
    def complete(self) -> bool:
        """Whether every piece, the one on trial too, has its words."""
        return all(p.result is not None for p in [*self._closed, self._open])

    def pause(self, end_ms: float) -> None:
        """The caller pauses: recognise the open piece up to here on trial."""
        if self._open.work_id is not None or self._open.result is not None:
            return
        self._open.end_ms = end_ms
        self._open.work_id = self._recognise(self._open.start_ms, end_ms)

    def go_on(self, at_ms: float, *, close: bool) -> None:
        """The caller goes on after a pause: close the piece at `at_ms`, or drop the trial and let it grow."""
        if close and (self._open.work_id is not None or self._open.result is not None):
            self.hasten()
            self._closed.append(self._open)
            self._open = _Piece(at_ms, at_ms)
            return
        if self._open.work_id is not None and self._open.result is None:
            self._withdraw(self._open.work_id)
        self._open.work_id = None
        self._open.result = None
        self._open.hastened = False

    def hasten(self) -> None:
        """The words of all pieces so far are wanted for certain."""
        if self._open.work_id is not None and not self._open.hastened:
            self._open.hastened = True
            self._hasten(self._open.work_id)

    def cut(self, at_ms: float) -> None:
        """Closes the open piece without a pause, because it grew too long."""
        self.pause(at_ms)
        self.go_on(at_ms, close=True)

    def recognised(self, work_id: int, result: Recognition) -> bool:
        """Takes a result; False if it belongs to none of the pieces any more."""
        for piece in [*self._closed, self._open]:
            if piece.work_id == work_id:
                piece.work_id = None
                piece.result = result
                return True
        return False

    def abandon(self) -> None:
        """Withdraws all that is under way."""
        for piece in [*self._closed, self._open]:
            if piece.work_id is not None:
                self._withdraw(piece.work_id)
                piece.work_id = None


def _join(texts: Iterable[str]) -> str:
    return " ".join(text for text in texts if text)
