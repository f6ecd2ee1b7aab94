"""What no table and no reader can take in is refused before anybody looks at it."""

import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/charts/%00.pdf", 404),
        ("/api/zones/%00/review", 404),
        ("/static/%00", 404),
        ("/api/premises?zone=%00", 400),
        ("/actions/new?zone=1%00", 400),
        ("/api/places?q=a&q=%00", 400),
        (f"/actions/{10**30}", 404),
        (f"/api/actions/{2**63}", 404),
    ],
)
def test_an_address_that_nothing_can_have_is_no_fault_of_the_service(
    visitor: FlaskClient, path: str, status: int
) -> None:
    assert visitor.get(path).status_code == status


@pytest.mark.parametrize("body", ["[" * 2_000, '{"a":' * 2_000, '{"a": "\\ud800"}', '{"a": 1' + "0" * 5000 + "}"])
@pytest.mark.parametrize("path", ["/api/actions", "/tips", f"/api/uploads/{'0' * 32}/preview"])
def test_what_no_reader_can_take_in_is_no_json(visitor: FlaskClient, path: str, body: str) -> None:
    headers = {"X-CSRF-Token": "the-token", "Content-Type": "application/json", "Accept": "application/json"}
    answer = visitor.post(path, data=body, headers=headers)
    assert (answer.status_code, answer.json["error"]) == (400, "bad_request")
