"""Which of the model's tokens are words that were said."""

from hypothesis import given
from hypothesis import strategies as st

from antiphon.engine.speech.transcript import Vocabulary, once, words_within

IDS = Vocabulary(end=100, first_timestamp=1000)


def at(seconds: float) -> int:
    return 1000 + round(seconds * 50)


def words(*tokens: int, clip_s: float = 3.0, window_s: float = 8.0) -> list[int]:
    return words_within(tokens, IDS, clip_s, window_s)


def test_one_segment() -> None:
    assert words(at(0), 1, 2, 3, at(3)) == [1, 2, 3]


def test_what_follows_the_clips_end_is_invented() -> None:
    assert words(at(0), 1, 2, at(3), at(3), 1, 2, at(6)) == [1, 2]


def test_a_timestamp_a_little_early_is_the_end_too() -> None:
    assert words(at(0), 1, 2, at(2.9), at(3), 7, 8, at(4)) == [1, 2]


def test_all_segments_count_until_the_end_also_after_a_pause() -> None:
    assert words(at(0), 1, at(0.8), at(1.9), 2, at(3)) == [1, 2]


def test_cut_off_by_the_length_limit_all_is_kept() -> None:
    assert words(at(0), 1, 2, at(1.5), at(1.5), 3, 4) == [1, 2, 3, 4]


def test_a_longer_segment_that_is_repeated_was_said_once() -> None:
    assert words(at(0), 1, 2, 3, 4, at(1), at(1), 1, 2, 3, 4, at(2)) == [1, 2, 3, 4]
    assert words(at(0), 1, 2, 3, 4, at(1), at(1), 1, 2, 3, 4, at(2), at(2), 1, 2, 3, 4, at(3)) == [1, 2, 3, 4]
    assert words(at(0), 1, 2, 3, 4, at(1), at(1), 1, 2, 3, 5, at(3)) == [1, 2, 3, 4, 1, 2, 3, 5]
    assert words(at(0), 1, 2, at(1), at(1), 1, 2, at(3)) == [1, 2, 1, 2], "no, no: people say that"


def test_repeating_without_an_end_is_said_once() -> None:
    assert words(at(0), 1, 2, 1, 2, 1, 2, 1) == [1, 2]
    assert words(at(0), 5, 1, 2, 1, 2) == [5, 1, 2]


def test_repeating_with_an_impossible_end_is_said_once() -> None:
    assert words(at(0), 1, 2, 1, 2, at(24)) == [1, 2]


def test_a_doubled_digit_at_the_end_is_kept() -> None:
    assert words(at(0), 5, 1, 2, 3, 3) == [5, 1, 2, 3, 3]
    assert words(at(0), 5, 3, 3, 3, 3, 3) == [5, 3]


def test_what_was_repeated_in_time_was_said() -> None:
    assert words(at(0), 5, 5, 5, at(3)) == [5, 5, 5]


def test_special_tokens_are_no_words() -> None:
    assert words(at(0), 1, 150, 2, at(3)) == [1, 2]


def test_nothing() -> None:
    assert words() == []
    assert words(at(0), at(3)) == []


@given(st.lists(st.integers(0, 3), max_size=14))
def test_once_keeps_a_beginning_that_repeated_gives_the_whole(tokens: list[int]) -> None:
    kept = once(list(tokens))
    assert tokens[: len(kept)] == kept
    if len(kept) < len(tokens):
        lengths = range(1, len(kept) + 1)
        assert any(
            all(tokens[i] == tokens[i - n] for i in range(len(kept), len(tokens)))
            and len(tokens) >= len(kept) + n
            for n in lengths
        )


@given(st.lists(st.integers(0, 9), min_size=2, max_size=5, unique=True), st.integers(2, 5), st.integers(0, 4))
def test_once_undoes_any_number_of_sayings(saying: list[int], times: int, more: int) -> None:
    assert once(saying * times + saying[:more]) == saying
