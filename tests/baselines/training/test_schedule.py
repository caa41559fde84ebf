"""The rate of every iteration against PyTorch's own schedulers, driven as fast-reid's hooks drive them."""

import itertools
import math
import subprocess
import sys
import warnings
from collections.abc import Mapping
from typing import Any

import pytest
import torch

from baselines.catalogue import recipe
from baselines.training.schedule import Schedule

MARKET = 12_936 // 64
"""Iterations of an epoch on Market-1501 with batches of 64."""


def _upstream(table: Mapping[str, Any], base: float, per_epoch: int) -> list[float]:
    """Return the rate of every iteration by two schedulers of PyTorch: one stepped by iterations, one by epochs."""
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
    warmup, delay = table["warmup_iters"], table.get("delay_epochs", 0)
    if table["kind"] == "multistep":
        main: Any = torch.optim.lr_scheduler.MultiStepLR(optimiser, table["milestones"], table["gamma"])
    else:
        length = table["epochs"] - max(math.ceil(warmup / per_epoch), delay)
        main = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, length, table["final_lr"])

    def warmth(step: int) -> float:
        share = min(1.0, step / warmup)
        return table["warmup_factor"] * (1 - share) + share

    early: Any = torch.optim.lr_scheduler.LambdaLR(optimiser, warmth)
    rates = []
    for epoch in range(1, table["epochs"] + 1):
        for _ in range(per_epoch):
            rates.append(optimiser.param_groups[0]["lr"])
            if len(rates) <= warmup:
                early.step()
        if len(rates) > warmup and epoch > delay:
            main.step()
    return rates


@pytest.mark.parametrize("slug", ["bot_r50", "sbs_r50", "mgn_r50_ibn", "bot_vit"])
def test_every_rate_at_the_size_of_market_is_fast_reids(slug: str) -> None:
    table, base = recipe(slug).table["train"]["schedule"], recipe(slug).table["train"]["optim"]["lr"]
    schedule = Schedule(table, MARKET)

    with warnings.catch_warnings():
        # Schedulers complain that no optimiser was stepped; there is nothing to learn here.
        warnings.simplefilter("ignore", UserWarning)
        expected = _upstream(table, base, MARKET)

    assert schedule.iterations == len(expected) == table["epochs"] * MARKET
    assert [schedule.rate(number, base) for number in range(schedule.iterations)] == pytest.approx(expected, rel=1e-9)


def test_bots_milestones_act_when_warm_up_is_over() -> None:
    """2,000 iterations end in the tenth epoch of 202, so 40 steps are taken after 49 epochs and 90 after 99."""
    schedule = Schedule(recipe("bot_r50").table["train"]["schedule"], MARKET)
    rates = [schedule.rate(number, 3.5e-4) for number in range(schedule.iterations)]

    assert rates[0] == pytest.approx(3.5e-5)
    assert rates[1000] == pytest.approx(3.5e-4 * 0.55)
    assert rates[49 * MARKET - 1] == pytest.approx(3.5e-4)
    assert rates[49 * MARKET] == pytest.approx(3.5e-5)
    assert rates[99 * MARKET - 1] == pytest.approx(3.5e-5)
    assert rates[99 * MARKET] == pytest.approx(3.5e-6)


def test_sbs_is_constant_for_31_epochs_then_falls_to_the_end() -> None:
    schedule = Schedule(recipe("sbs_r50").table["train"]["schedule"], MARKET)
    rates = [schedule.rate(epoch * MARKET, 3.5e-4) for epoch in range(60)]

    assert rates[10:31] == [3.5e-4] * 21
    assert all(later < earlier for earlier, later in itertools.pairwise(rates[30:]))
    assert rates[59] == pytest.approx(7e-7 + (3.5e-4 - 7e-7) * (1 + math.cos(math.pi * 29 / 30)) / 2)


def test_layumi_warms_up_the_loss_and_counts_epochs_from_the_start() -> None:
    schedule = Schedule(recipe("swin_base_circle").table["train"]["schedule"], 100)
    # train.py: warm_up = min(1, warm_up + 0.9 / warm_iteration) before each of 500 batches, from 0.1.
    warm, expected = 0.1, []
    for _ in range(500):
        warm = min(1.0, warm + 0.9 / 500)
        expected.append(warm)

    assert [schedule.loss_factor(number) for number in range(500)] == pytest.approx(expected)
    assert schedule.loss_factor(500) == 1.0
    assert [schedule.rate(number, 0.01) for number in (0, 3_999, 4_000, 5_999)] == pytest.approx(
        [0.01, 0.01, 1e-3, 1e-3]
    )


def test_a_warm_up_of_rates_leaves_the_loss_alone() -> None:
    schedule = Schedule({"kind": "constant", "epochs": 2, "warmup_iters": 4, "warmup_factor": 0.0}, 5)

    assert [schedule.rate(number, 2.0) for number in range(6)] == [0.0, 0.5, 1.0, 1.5, 2.0, 2.0]
    assert schedule.loss_factor(0) == 1.0


def test_the_schedule_needs_no_learning_framework() -> None:
    code = "import sys, baselines.training.schedule; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
