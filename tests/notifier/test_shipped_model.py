"""The shipped model is what the training data in the repository makes."""

import json

import numpy as np

from bench.train_routing import made_of
from notifier.linear import FILE, shipped


def test_the_model_was_made_of_the_phrases_that_stand_in_the_repository():
    with np.load(FILE, allow_pickle=False) as arrays:
        assert json.loads(arrays["about"].tobytes())["made_of"] == made_of(), "run `make train`"


def test_the_model_is_small_and_each_topic_has_a_desk():
    model = shipped()
    assert FILE.stat().st_size < 2_000_000
    assert len(model.topics) == len(model.titles) == len(model.desk_of_topic)
    assert 0.5 < model.sure_above < 1
