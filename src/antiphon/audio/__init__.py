"""Audio as data: frames, resampling, playout. A leaf: every room may use it."""
