"""Sentences as vectors, by the real model."""

from __future__ import annotations

import numpy as np
import pytest

from antiphon.engine.brains.form.meaning import DIMENSIONS, shared


def nearness(one: str, other: str) -> float:
    a, b = shared().vectors([one, other])
    return float(a @ b)


@pytest.mark.parametrize(
    ("question", "near", "far"),
    [
        ("can I bring my puppy", "Dogs are welcome in the garden.", "We take cards and cash."),
        ("where can I leave my car", "There is free parking behind the house.", "There is no dress code."),
        (
            "hello there, the lights have gone out",
            "Report that the power is off.",
            "Hand in a meter reading.",
        ),
        ("my husband's on a breathing machine", "medical device", "whole street"),
    ],
)
def test_what_means_the_same_is_near_without_a_common_word(question: str, near: str, far: str) -> None:
    assert nearness(question, near) > nearness(question, far) + 0.15


def test_vectors_have_length_one_and_know_no_capitals() -> None:
    vectors = shared().vectors(["A table for four", "a table FOR four ", "another sentence"])
    assert vectors.shape == (3, DIMENSIONS) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert np.array_equal(vectors[0], vectors[1])


def test_a_sentence_has_the_same_vector_alone_and_among_others() -> None:
    """A reply is prepared again and again: it must not depend on what else is asked."""
    alone = shared()._encode(["is there anything without meat"])
    among = shared()._encode(
        ["is there anything without meat", "a much longer sentence about something else entirely, is it"]
    )
    assert float(alone[0] @ among[0]) > 0.999


def test_no_sentences_give_no_vectors() -> None:
    assert shared().vectors([]).shape == (0, DIMENSIONS)
