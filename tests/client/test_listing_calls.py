"""The client's calls about what there is read what a real simulator answers."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from mobilepay_simulator.client import ControlClient, ControlError

from tests.support import CREDIT, RunningServer, Till


@pytest.fixture
def control(server: RunningServer, till: Till) -> Iterator[ControlClient]:
    """A client of the till's sandbox."""
    name = str(till.http.base_url).rstrip("/").rpartition("/")[2]
    with ControlClient(server.url, sandbox=name) as control:
        yield control


def test_points_of_sale_are_read(control: ControlClient, till: Till) -> None:
    pos_id = till.create_pos(name="Kiosk")
    payment_id = till.initiate(pos_id, 12.5)
    till.user("checkin", pos_id)
    found = control.points_of_sale(limit=5)
    (pos,) = found.points_of_sale
    assert (found.total, found.more) == (1, False)
    assert (pos.pos_id, pos.name) == (pos_id, "Kiosk")
    assert pos.check_in is not None
    assert pos.check_in.phone == CREDIT
    assert pos.check_in.until is None
    assert pos.active_payment is not None
    assert pos.active_payment.payment_id == payment_id
    assert control.point_of_sale(pos_id) == pos


def test_a_check_in_lapses_at_a_time_where_no_payment_keeps_it(
    control: ControlClient, till: Till
) -> None:
    pos_id = till.create_pos()
    till.user("checkin", pos_id)
    there = control.point_of_sale(pos_id).check_in
    assert there is not None and there.until is not None
    assert there.since < there.until


def test_payments_are_read_with_exact_amounts(control: ControlClient, till: Till) -> None:
    payment_id = till.captured(amount=12.5)
    refund_id = till.refund(payment_id, 2.25)
    (listed,) = control.payments(state="Captured").payments
    assert (listed.payment_id, listed.captured_amount) == (payment_id, Decimal("12.5"))
    payment = control.payment(payment_id)
    assert [(each.refund_id, each.amount) for each in payment.refunds] == [
        (refund_id, Decimal("2.25"))
    ]
    assert control.payments(pos_id=listed.pos_id, before=payment_id).payments == ()


def test_what_is_due_is_read(control: ControlClient, till: Till) -> None:
    payment_id = till.reserved()
    upcoming = control.due(limit=1)
    (due,) = upcoming.due
    assert (due.timer, due.payment_id, due.at) == ("Expires", payment_id, upcoming.next_due)


def test_a_timeline_is_read(control: ControlClient, till: Till) -> None:
    payment_id = till.reserved()
    line = control.timeline(payment_id=payment_id)
    assert line.entries[0].kind == "call"
    assert line.entries[0].status == 200
    assert line.entries[-1].at >= line.entries[0].at


def test_states_are_read(control: ControlClient) -> None:
    table = control.states().payments
    assert {each.name for each in table.states} >= {"Prepared", "Captured"}
    assert table.transitions[0].before is None


def test_a_scenario_is_read_and_checked(control: ControlClient) -> None:
    scenario = control.scenario("rejection")
    assert [step.action for step in scenario.scripts[0]] == ["check-in", "cancel-by-user"]
    assert control.check(scenario.yaml).valid
    (problem,) = control.check("summary: x\nstep: []").problems
    assert (problem.line, "did you mean 'steps'" in problem.message) == (2, True)


def test_changes_are_read(control: ControlClient, till: Till) -> None:
    till.create_pos()
    before = control.changes()
    pos_id = till.create_pos()
    after = control.changes(before.id)
    assert after.changes["points-of-sale"].ids == (pos_id,)
    assert before.changes == {}


def test_a_stream_that_is_refused_says_why(control: ControlClient) -> None:
    with pytest.raises(ControlError, match="every: expected a number"):
        next(control.stream(every=0))


def test_the_newest_runs_are_read(control: ControlClient) -> None:
    runs = control.queue("success", times=3)
    assert [each.id for each in control.runs(limit=1)] == [runs[-1]]
