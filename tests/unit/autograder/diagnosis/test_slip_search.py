"""A wrong answer that the bank does not know is told by the slip that gives the same answer.

The answers are written as people write them, not as edits of the solution.
"""

from __future__ import annotations

from functools import cache

import pytest

from autograder.authoring.run_test_cell import run_test_cell
from autograder.course.layout import Course
from autograder.course.notebook import test_cells as cells_with_tests
from autograder.diagnosis.diagnose import Diagnoser
from autograder.diagnosis.explanation import SlipSummary
from autograder.diagnosis.recorded_calls import RecordedCall
from autograder.diagnosis.solution import load_solution
from tests.support.solutions import ROOT

SEED = "slips"


@cache
def exercise(assignment, function):
    """The diagnoser and the solution of an assignment, and an exercise's test cell."""
    made = Course(ROOT).assignment(assignment)
    solution = load_solution(made)
    source = next(
        cell.source
        for cell in cells_with_tests(made.notebook)
        if f'Exercise("{function}"' in cell.source
    )
    return Diagnoser.for_assignment(made), solution, source


def explained(assignment, text):
    """What explains an answer, given as the text of its function; and the checks that it fails."""
    function = text.split("(")[0].removeprefix("def ").strip()
    diagnoser, solution, source = exercise(assignment, function)
    run = run_test_cell(source, solution.fresh_globals({function: text}), SEED)
    calls = [RecordedCall.from_check(call) for call in run.all_calls]
    failed = {line.name for line in run.report.lines if not line.right}
    return diagnoser.explain(function, calls), failed


MOMENTUM = """def update_parameters_with_momentum(parameters, grads, v, beta, learning_rate):
    for l in range(1, len(parameters) // 2 + 1):
        for p in ("W", "b"):
            key = f"d{p}{l}"
            v[key] = VELOCITY
            parameters[f"{p}{l}"] = parameters[f"{p}{l}"] - STEP
    return parameters, v
"""
BATCHNORM = """def batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1]))
    cache = None
    if mode == "train":
        mu, var = x.mean(0), x.var(0)
        xc, std = x - mu, np.sqrt(var + eps)
        xhat = xc / std
        out = gamma * xhat + beta
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * VARIANCE
        cache = (xhat, xc, std, gamma)
    else:
        out = TEST
    bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
    return out, cache
"""
GRADIENT_DESCENT = """def update_parameters_with_gd(parameters, grads, learning_rate):
    for l in range(1, len(parameters) // 2 + 1):
        parameters[f"W{l}"] = parameters[f"W{l}"] - learning_rate * grads[f"dW{l}"]
        parameters[f"b{l}"] = parameters[f"b{l}"] - BIAS
    return parameters
"""


def momentum(velocity="beta * v[key] + (1 - beta) * grads[key]", step="learning_rate * v[key]"):
    """An answer to the exercise of momentum."""
    return MOMENTUM.replace("VELOCITY", velocity).replace("STEP", step)


def batchnorm(test, variance="var"):
    """An answer to the exercise of batch normalization."""
    return BATCHNORM.replace("TEST", test).replace("VARIANCE", variance)


TEST_MODE = "gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta"


@pytest.mark.parametrize(
    ("assignment", "text", "words"),
    [
        (
            "optimization",
            momentum(velocity="v[key] + (1 - beta) * grads[key]"),
            ['the lines of `v["dW" + str(l)]` and `v["db" + str(l)]`', "a factor is missing"],
        ),
        (
            "optimization",
            momentum(velocity="beta * v[key] - (1 - beta) * grads[key]"),
            ['`v["dW" + str(l)]`', "a sign is the other way round"],
        ),
        (
            "optimization",
            GRADIENT_DESCENT.replace("BIAS", 'grads[f"db{l}"]'),
            ['the line of `parameters["b" + str(l)]`', "a factor is missing"],
        ),
        (
            "optimization",
            momentum().replace("// 2 + 1", "// 2"),
            ["the loop leaves out its last turn"],
        ),
        (
            "optimization",
            momentum().replace("    return parameters, v", "        return parameters, v"),
            ["the loop ends after its first turn"],
        ),
        (
            "optimization",
            GRADIENT_DESCENT.replace("range(1, ", "range(2, ").replace(
                "BIAS", 'learning_rate * grads[f"db{l}"]'
            ),
            ["the loop leaves out its first turn"],
        ),
        (
            "batchnorm",
            batchnorm(TEST_MODE).replace("gamma * xhat + beta", "beta * xhat + gamma"),
            ["two variables are exchanged", "the first line of `out`"],
        ),
        (
            "optimization",
            GRADIENT_DESCENT.replace("- learning_rate", "- 0 * learning_rate").replace(
                "BIAS", 'learning_rate * grads[f"db{l}"]'
            ),
            ["nothing happens", 'the line of `parameters["W" + str(l)]`'],
        ),
        (
            "batchnorm",
            batchnorm("gamma * (x - running_mean / np.sqrt(running_var + eps)) + beta"),
            ["the second line of `xhat`", "brackets are missing"],
        ),
        (
            "batchnorm",
            batchnorm(TEST_MODE.replace("gamma * ", "")),
            ["the second line of `out`", "a factor is missing"],
        ),
    ],
)
def test_one_slip(assignment, text, words):
    """It is said what is wrong, and in which line of the stub."""
    explanation, failed = explained(assignment, text)
    assert failed
    sentence = explanation.sentence(explanation.parts[0].function)
    assert all(word in sentence for word in words), sentence


def test_two_at_once():
    """A slip in the velocity and another one in the step."""
    text = momentum("beta * v[key] + grads[key]", "v[key]")
    explanation, _ = explained("optimization", text)
    assert explanation is not None
    assert len(explanation.parts) == 2
    sentence = explanation.sentence("update_parameters_with_momentum")
    assert "exactly what comes out if two things go together" in sentence  # and no more than that


def test_only_what_is_wrong():
    """The running variance takes the standard deviation; the answer's other outputs are right."""
    explanation, _ = explained("batchnorm", batchnorm(TEST_MODE, variance="std"))
    sentence = explanation.sentence("batchnorm_forward")
    assert "`running_var`" in sentence
    assert "`std` stands where another variable belongs" in sentence


def test_an_accepted_form():
    """A known mistake is named in a solution that is right in another way: epsilon in the root."""
    adam = """def update_parameters_with_adam(
    parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8
):
    for l in range(1, len(parameters) // 2 + 1):
        for p in (f"W{l}", f"b{l}"):
            v["d" + p] = beta1 * v["d" + p] + (1 - beta1) * grads["d" + p]
            s["d" + p] = beta2 * s["d" + p] + (1 - beta2) * grads["d" + p] ** 2
            step = FIRST / np.sqrt(SECOND + epsilon)
            parameters[p] = parameters[p] - learning_rate * step
    return parameters, v, s
"""
    hats = 'v["d" + p] / (1 - beta1**t)', 's["d" + p] / (1 - beta2**t)'
    for first, second, name in (
        (hats[0], 's["d" + p]', "adam-s-not-corrected"),
        ('v["d" + p]', hats[1], "adam-v-not-corrected"),
    ):
        text = adam.replace("FIRST", first).replace("SECOND", second)
        explanation, _ = explained("optimization", text)
        assert explanation.ids == (name,)


def test_too_little_to_tell():
    """Zeros and ones come out of many slips: nothing is said of an answer that holds no others."""
    text = "def decay_learning_rate(learning_rate0, epoch, decay_rate=1.0, time_interval=1000):\n"
    explanation, failed = explained("optimization", text + "    return 0.0\n")
    assert failed
    assert explanation is None or not isinstance(explanation.parts[0], SlipSummary)


@pytest.mark.parametrize(
    "text",
    [
        momentum(velocity="0.7 * v[key] + 0.31 * grads[key]"),
        batchnorm(TEST_MODE + " + 0.123 * gamma"),
        GRADIENT_DESCENT.replace("BIAS", 'np.sin(grads[f"db{l}"])'),
    ],
)
def test_a_mistake_of_no_known_kind(text):
    """Nothing is said of what no slip gives."""
    assignment = "batchnorm" if "batchnorm" in text else "optimization"
    explanation, failed = explained(assignment, text)
    assert failed
    assert explanation is None
