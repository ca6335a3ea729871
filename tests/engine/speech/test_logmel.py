"""The front end equals the library's that the recogniser was made for."""

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from antiphon.engine.speech.logmel import log_mel


@pytest.mark.parametrize("bands", [80, 128])
@pytest.mark.parametrize("samples", [16_000, 48_123, 128_000])
def test_equals_faster_whispers(samples: int, bands: int) -> None:
    rng = np.random.default_rng(samples)
    wave = (rng.standard_normal(samples) * np.hanning(samples) * 0.2).astype(np.float32)
    theirs = FeatureExtractor(feature_size=bands)(wave, padding=0)
    ours = log_mel(wave, bands)
    assert ours.shape == (bands, samples // 160)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs[:, : ours.shape[1]], atol=1e-5)
