"""The forecast against prior counts on real cities, by the protocol of the bench."""

import numpy as np
import pytest

from bench import forecast

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("shared_data")]


@pytest.fixture(scope="module")
def tried(shared_data: object) -> list[forecast.Setting]:  # noqa: ARG001 absent data skip before they are read
    return [setting for history in forecast.histories() for setting in forecast.settings(history)]


def _gain(tried: list[forecast.Setting]) -> tuple[float, float, float]:
    return forecast.gain(tried, np.random.default_rng(0))


def test_where_frauds_were_the_next_ones_are_forecast_better_than_by_counts() -> None:
    fraud = [history for history in forecast.histories() if history.name.endswith("fraud")]
    assert _gain([setting for history in fraud for setting in forecast.settings(history)])[0] >= 0.08


@pytest.mark.slow
def test_no_setting_loses(tried: list[forecast.Setting]) -> None:
    assert len(tried) == 16
    assert {setting.name: high for setting in tried if (high := _gain([setting])[2]) < -0.015} == {}


@pytest.mark.slow
def test_all_settings_together_gain_a_percent_and_those_like_a_citys_tips_eight(tried: list[forecast.Setting]) -> None:
    judged = [setting for setting in tried if setting.history.judged]
    assert len(judged) == 12
    assert _gain(judged)[0] >= 0.01
    mean, low, _ = _gain([setting for setting in judged if forecast.sparse(setting)])
    assert mean >= 0.08
    assert low > 0
