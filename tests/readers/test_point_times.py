"""What LiDAR drivers write as a point's time, and what becomes of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avlabel.errors import ReadError
from avlabel.readers.pandaset_columns import column, numbers
from avlabel.readers.point_times import UNIT_NS, point_times, time_field
from avlabel.readers.restricted_pickle import read_frame

START_NS = 1_700_000_000_123_456_789
PERIOD_NS = 100_000_000
N = 4000
OFFSET_NS = np.linspace(0, 99_900_000, N).astype(np.int64)
"""In order of time, column by column."""


def read(values, header_ns=START_NS, period_ns=PERIOD_NS):
    return point_times(values, header_ns=header_ns, period_ns=period_ns, where="a.bag: t")


VELODYNE_FIRST = (OFFSET_NS / 1e9).astype(np.float32), START_NS
VELODYNE_LAST = (
    ((OFFSET_NS - OFFSET_NS[-1]) / 1e9).astype(np.float32),
    START_NS + int(OFFSET_NS[-1]),
)
OUSTER = OFFSET_NS.astype(np.uint32), START_NS
HESAI = (START_NS + OFFSET_NS) / 1e9, START_NS
ROBOSENSE_LAST = (START_NS + OFFSET_NS) / 1e9, START_NS + int(OFFSET_NS[-1])
LIVOX_CUSTOM = OFFSET_NS.astype(np.uint32), START_NS
LIVOX_CLOUD = (START_NS + OFFSET_NS).astype(np.float64), START_NS
MICROSECONDS = (OFFSET_NS // 1000).astype(np.int32), START_NS
ABSOLUTE_NS = (START_NS + OFFSET_NS).astype(np.uint64), START_NS


@pytest.mark.parametrize(
    ("stored", "unit", "origin", "header_at"),
    [
        (VELODYNE_FIRST, "s", "header", "start"),
        (VELODYNE_LAST, "s", "header", "end"),
        (OUSTER, "ns", "header", "start"),
        (HESAI, "s", "epoch", "start"),
        (ROBOSENSE_LAST, "s", "epoch", "end"),
        (LIVOX_CUSTOM, "ns", "header", "start"),
        (LIVOX_CLOUD, "ns", "epoch", "start"),
        (MICROSECONDS, "us", "header", "start"),
        (ABSOLUTE_NS, "ns", "epoch", "start"),
    ],
    ids=["velodyne-first", "velodyne-last", "ouster", "hesai", "robosense-last", "livox-custom",
         "livox-cloud", "microseconds", "absolute-ns"],
)  # fmt: skip
def test_what_drivers_write(stored, unit, origin, header_at):
    values, header_ns = stored
    times = read(values, header_ns)
    assert (times.unit, times.origin, times.header_at) == (unit, origin, header_at)
    assert times.findings == ()
    # float64 seconds since 1970 come in steps of 238 ns; microseconds are what they are.
    assert np.abs(times.timestamp_ns - (START_NS + OFFSET_NS)).max() <= 1000
    assert times.timestamp_ns.dtype == np.int64
    assert abs(times.ref_ns - (START_NS + int(OFFSET_NS[-1]) // 2)) <= 1000
    assert times.t_offset_ns.dtype == np.int32
    back_ns = times.ref_ns + times.t_offset_ns.astype(np.int64)
    np.testing.assert_array_equal(back_ns, times.timestamp_ns)


@settings(max_examples=150, deadline=None)
@given(
    start_ns=st.integers(1_000_000_000, 4_000_000_000_000_000_000),
    period_ns=st.sampled_from([50_000_000, 100_000_000, 200_000_000]),
    cover=st.floats(0.55, 1.2),
    unit=st.sampled_from(["s", "ms", "us", "ns"]),
    absolute=st.booleans(),
    header_part=st.sampled_from([0.0, 1.0]),
    rings=st.sampled_from([1, 16]),
    seed=st.integers(0, 99),
)
def test_any_convention_comes_back(
    start_ns, period_ns, cover, unit, absolute, header_part, rings, seed
):
    rng = np.random.default_rng(seed)
    span_ns = int(cover * period_ns)
    ring = np.sort(rng.integers(0, span_ns, 400))
    ring[0], ring[-1] = 0, span_ns
    offset_ns = np.tile(ring, rings)
    header_ns = start_ns + int(header_part * span_ns)
    zero_ns = 0 if absolute else header_ns
    exact = [int(start_ns) + int(offset) - zero_ns for offset in offset_ns]
    values = np.array([value / UNIT_NS[unit] for value in exact])
    times = read(values, header_ns, period_ns)
    step_ns = np.spacing(np.abs(values).max()) * UNIT_NS[unit]
    assert times.unit == unit
    assert times.origin == ("epoch" if absolute else "header")
    assert times.header_at == ("end" if header_part else "start")
    assert np.abs(times.timestamp_ns - (start_ns + offset_ns)).max() <= step_ns + 1
    assert times.findings == ()


def rules(values, header_ns=START_NS):
    return [finding.message for finding in read(values, header_ns).findings]


def test_unsigned_offsets_that_ran_below_zero():
    values = (OFFSET_NS - 3_000_000).astype(np.int32).view(np.uint32)
    assert values.max() > 4_000_000_000
    np.testing.assert_array_equal(read(values).timestamp_ns, START_NS + OFFSET_NS - 3_000_000)


def test_a_sensor_that_looks_one_way_is_told_from_a_wrong_unit():
    (message,) = rules((OFFSET_NS * 0.3 / 1e9).astype(np.float32))
    assert "a.bag: t: point times span 30.0 ms; expected about one period (100 ms)" in message


def test_a_hole_in_the_sweep_is_told():
    late = OFFSET_NS[(OFFSET_NS < 30_000_000) | (OFFSET_NS > 60_000_000)]
    (message,) = rules(late.astype(np.uint32))
    assert "no point for 25.0 ms or more within the sweep" in message


def test_times_in_no_order_and_times_that_fall_are_told():
    (message,) = rules(np.random.default_rng(0).permutation(OFFSET_NS).astype(np.uint32))
    assert "in no order" in message
    (message,) = rules(OFFSET_NS[::-1].astype(np.uint32))
    assert "times fall" in message
    by_ring = np.tile(OFFSET_NS[::40], 64).astype(np.uint32)
    assert rules(by_ring) == []


def test_a_header_in_the_middle_is_told():
    (message,) = rules((START_NS + OFFSET_NS) / 1e9, START_NS + 50_000_000)
    assert "50.0 ms after the first point and -49.9 ms after the last" in message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros(N, np.uint32), "all 4000 points have the time 0"),
        (np.array([0.0, np.nan, 0.1]), "1 of 3 times are NaN"),
        (np.array([["a"]]), "expected one number a point"),
        (np.array([True, False]), "expected one number a point"),
        (((START_NS + OFFSET_NS) / 1e9).astype(np.float32), "too coarse; expected float64"),
        (OFFSET_NS * 2, "expected a span of about one period (0.1 s), got 2e+08 s as s"),
        (OFFSET_NS / 1e9 * 3, "got 0.3 s as s, 0.0003 s as ms"),
        (OFFSET_NS / 1e12, "expected a span of about one period"),
        ((START_NS + 37_000_000_000 + OFFSET_NS) / 1e9, "37.050 s from the header if they count"),
        (OFFSET_NS / 1e9 + 86_400.0, "86400.050 s if from the header"),
        (OFFSET_NS / 1e9 + 1e10, "beyond the year 2200"),
        (np.r_[OFFSET_NS, 3_604_361_924].astype(np.uint32), "expected a span of about one period"),
    ],
)
def test_times_that_cannot_be_are_refused(values, message):
    with pytest.raises(ReadError) as error:
        read(values)
    assert message in str(error.value)
    assert str(error.value).startswith("a.bag: t: ")


def test_an_empty_cloud_has_no_times():
    times = read(np.zeros(0, np.float32))
    assert len(times.timestamp_ns) == len(times.t_offset_ns) == 0
    assert times.ref_ns == 0
    assert times.findings == ()


def test_the_time_field_is_found_by_name():
    assert time_field(["x", "y", "z", "intensity", "ring", "time"]) == "time"
    assert time_field(["x", "Timestamp", "intensity"]) == "Timestamp"
    assert time_field(["x", "y", "t", "timestamp"]) == "t"
    assert time_field(["x", "y", "z"]) is None


def test_recorded_pandar64_times_are_seconds_since_1970(shared_data):
    path = shared_data / "pandaset" / "002" / "lidar" / "36.pkl.gz"
    columns = read_frame(path)
    values = numbers(columns, "t", path)[column(columns, "d", path) == 0]
    times = point_times(
        values, header_ns=round(values.max() * 1e9), period_ns=PERIOD_NS, where=f"{path}: t"
    )
    assert (times.unit, times.origin, times.header_at) == ("s", "epoch", "end")
    assert np.ptp(times.timestamp_ns) == pytest.approx(PERIOD_NS, rel=0.05)
