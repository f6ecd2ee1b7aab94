"""The heat map over HTTP."""

import io

import pytest
from flask.testing import FlaskClient
from PIL import Image


def test_the_description_leads_to_the_picture(visitor: FlaskClient) -> None:
    told = visitor.get("/api/heat?since=2026-01-01&until=2026-03-01").get_json()
    assert told["bounds"] == [117.0, 26.2, 119.3, 28.4]
    assert told["peak_per_km2"] > 0
    assert all(0 < tick < told["peak_per_km2"] for tick in told["breaks"])
    assert "since=2026-01-01" in told["image"]
    answer = visitor.get(told["image"])
    assert answer.mimetype == "image/png"
    with Image.open(io.BytesIO(answer.data)) as image:
        assert image.mode == "P"
        assert image.convert("RGBA").getextrema()[3][1] > 200


def test_a_day_without_tips_is_a_clear_picture(visitor: FlaskClient) -> None:
    told = visitor.get("/api/heat?since=2020-01-01&until=2020-01-02").get_json()
    assert (told["peak_per_km2"], told["breaks"]) == (0, [])
    with Image.open(io.BytesIO(visitor.get(told["image"]).data)) as image:
        assert image.convert("RGBA").getextrema()[3] == (0, 0)


def test_a_given_peak_holds_the_scale_over_periods(visitor: FlaskClient) -> None:
    told = visitor.get("/api/heat?until=2026-03-01&peak_per_km2=5").get_json()
    assert told["peak_per_km2"] == 5
    assert "peak_per_km2=5" in told["image"]


@pytest.mark.parametrize("query", ["bandwidth_m=10", "bandwidth_m=x", "peak_per_km2=0", "peak_per_km2=inf", "since=x"])
@pytest.mark.parametrize("path", ["/api/heat", "/api/heat.png"])
def test_bad_parameters_are_400(visitor: FlaskClient, path: str, query: str) -> None:
    answer = visitor.get(f"{path}?{query}")
    assert (answer.status_code, answer.get_json()["error"]) == (400, "bad_parameter")
