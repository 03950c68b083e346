"""The simulated card refuses what a card refuses, so that the tests beside this one can be believed."""

import pytest

from tests.devices import worker

REFUSED = {
    "cpu_tensor_in_a_sum": "same device",
    "cpu_weights": "same device",
    "cpu_tensor_in_a_batched_derivative": "same device",
    "cpu_tensor_in_a_backward_pass": "same device",
    "cpu_tensor_in_inference_mode": "same device",
    "card_index_of_a_cpu_tensor": "same device",
    "cpu_values_at_places": "same device",
    "cpu_index_of_a_scatter": "same device",
    "scalar_of_the_cpu_written_to": "same device",
    "joined_of_both": "same device",
    "numpy_of_a_card": "can't convert",
    "array_of_a_card": "can't convert",
    "drawn_by_the_cpu": "generator of the CPU",
    "drawn_on_the_card": "other numbers than the CPU",
    "kernel_of_the_cpu": "exists on the CPU only",
    "least_squares_of_the_cpu": "driver 'gels'",
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_planted_mistake_is_refused(card, mistake):
    assert REFUSED[mistake] in card(worker.attempt, mistake)


def test_what_a_card_allows_works_and_has_values(card):
    assert card(worker.attempt, "allowed") == ""


def test_an_index_that_a_card_would_wait_for_is_noted(card):
    assert card(worker.waited) == ["elsewhere"]
