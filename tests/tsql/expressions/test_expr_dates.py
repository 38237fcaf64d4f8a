"""Date functions and conversions against Python's calendar and plain counting."""

import calendar
import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
from evaluation import Evaluator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localdb.errors import SqlError

moments = st.datetimes(dt.datetime(1753, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59))
recent = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2079, 6, 6))
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def month_index(d: dt.datetime) -> int:
    return d.year * 12 + d.month - 1


def microseconds(d: dt.datetime) -> int:
    return (d - dt.datetime(1, 1, 1)) // dt.timedelta(microseconds=1)


BOUNDARIES = {
    "year": lambda d: d.year,
    "quarter": lambda d: month_index(d) // 3,
    "month": month_index,
    "dayofyear": lambda d: d.toordinal(),
    "day": lambda d: d.toordinal(),
    "week": lambda d: d.toordinal() // 7,  # ordinal 7 is a Sunday
    "hour": lambda d: microseconds(d) // 3_600_000_000,
    "minute": lambda d: microseconds(d) // 60_000_000,
    "second": lambda d: microseconds(d) // 1_000_000,
    "millisecond": lambda d: microseconds(d) // 1000,
    "microsecond": microseconds,
}


@QUICK
@given(start=moments, end=moments, part=st.sampled_from(list(BOUNDARIES)))
def test_datediff_counts_boundaries(
    judge: Evaluator, start: dt.datetime, end: dt.datetime, part: str
) -> None:
    judge.declare("@a", "datetime2", start)
    judge.declare("@b", "datetime2", end)
    wanted = BOUNDARIES[part](end) - BOUNDARIES[part](start)
    assert judge.value(f"DATEDIFF_BIG({part}, @a, @b)") == wanted
    try:
        assert judge.value(f"DATEDIFF({part}, @a, @b)") == wanted
    except SqlError as error:
        assert error.number == 535
        assert abs(wanted) >= 2**31


def add_months(d: dt.datetime, count: int) -> dt.datetime | None:
    """The same day of another month, or its last one."""
    year, month = divmod(month_index(d) + count, 12)
    if not 1 <= year <= 9999:
        return None
    last = calendar.monthrange(year, month + 1)[1]
    return d.replace(year=year, month=month + 1, day=min(d.day, last))


@QUICK
@given(
    start=moments,
    count=st.integers(-3000, 3000),
    part=st.sampled_from(("year", "quarter", "month", "week", "day", "hour", "minute", "second")),
)
def test_dateadd(judge: Evaluator, start: dt.datetime, count: int, part: str) -> None:
    judge.declare("@a", "datetime2", start)
    wanted: dt.datetime | None
    if part in ("year", "quarter", "month"):
        wanted = add_months(start, count * {"year": 12, "quarter": 3, "month": 1}[part])
    else:
        try:
            wanted = start + dt.timedelta(**{f"{part}s": count})
        except OverflowError:
            wanted = None
    judge.declare("@n", "int", count)
    try:
        assert judge.value(f"DATEADD({part}, @n, @a)") == wanted
    except SqlError as error:
        assert error.number == 517
        assert wanted is None


@QUICK
@given(moment=moments, first=st.integers(1, 7))
def test_datepart(judge: Evaluator, moment: dt.datetime, first: int) -> None:
    judge.declare("@a", "datetime2", moment)
    judge.system["@@datefirst"] = first
    weekday = (moment.isoweekday() - first) % 7 + 1
    january = (dt.date(moment.year, 1, 1).isoweekday() - first) % 7
    wanted = {
        "year": moment.year,
        "quarter": (moment.month + 2) // 3,
        "month": moment.month,
        "dayofyear": moment.timetuple().tm_yday,
        "day": moment.day,
        "weekday": weekday,
        "week": (moment.timetuple().tm_yday - 1 + january) // 7 + 1,
        "iso_week": moment.isocalendar().week,
        "hour": moment.hour,
        "minute": moment.minute,
        "second": moment.second,
        "millisecond": moment.microsecond // 1000,
        "microsecond": moment.microsecond,
    }
    try:
        for part, value in wanted.items():
            assert judge.value(f"DATEPART({part}, @a)") == value, part
        assert judge.value("DATENAME(weekday, @a)") == moment.strftime("%A")
        assert judge.value("DATENAME(month, @a)") == moment.strftime("%B")
    finally:
        judge.system["@@datefirst"] = 7


@QUICK
@given(moment=moments)
def test_datetime_is_the_nearest_300th_of_a_second(judge: Evaluator, moment: dt.datetime) -> None:
    judge.declare("@a", "datetime2", moment)
    found = judge.value("CAST(@a AS datetime)")
    ticks = Fraction(microseconds(moment) - microseconds(dt.datetime(1900, 1, 1))) * 300 / 1_000_000
    whole = (ticks + Fraction(1, 2)).__floor__()
    # What is stored is the count in milliseconds, which end in 0, 3 or 7.
    shown = dt.datetime(1900, 1, 1) + dt.timedelta(
        seconds=whole // 300, milliseconds=(whole % 300 * 10 + 1) // 3
    )
    assert found == shown
    assert found.microsecond // 1000 % 10 in (0, 3, 7)
    judge.declare("@d", "datetime", found)
    assert judge.value("CAST(@d AS datetime)") == found
    days = judge.value("CAST(@d AS float)")
    judge.declare("@f", "float", days)
    assert judge.value("CAST(@f AS datetime)") == found


FORMATS = {
    1: "%m/%d/%y", 101: "%m/%d/%Y", 102: "%Y.%m.%d", 103: "%d/%m/%Y", 104: "%d.%m.%Y", 105: "%d-%m-%Y",
    106: "%d %b %Y", 107: "%b %d, %Y", 108: "%H:%M:%S", 110: "%m-%d-%Y", 111: "%Y/%m/%d", 112: "%Y%m%d",
    12: "%y%m%d", 23: "%Y-%m-%d", 120: "%Y-%m-%d %H:%M:%S",
}  # fmt: skip


@QUICK
@given(moment=recent, style=st.sampled_from(list(FORMATS)))
def test_convert_to_text(judge: Evaluator, moment: dt.datetime, style: int) -> None:
    moment = moment.replace(microsecond=0)
    judge.declare("@a", "datetime", moment)
    assert judge.value(f"CONVERT(varchar(30), @a, {style})") == moment.strftime(FORMATS[style])


@QUICK
@given(moment=recent, style=st.sampled_from((0, 9, 13, 20, 21, 100, 109, 113, 120, 121, 126)))
def test_text_is_read_back(judge: Evaluator, moment: dt.datetime, style: int) -> None:
    judge.declare("@a", "datetime2", moment)
    exact = judge.value("CAST(@a AS datetime)")
    if style in (0, 100):
        exact = exact.replace(second=0, microsecond=0)
    elif style in (20, 120):
        exact = exact.replace(microsecond=0)
    judge.declare("@d", "datetime", exact)
    assert judge.value(f"CONVERT(datetime, CONVERT(varchar(30), @d, {style}), {style})") == exact


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2020-1-5", dt.datetime(2020, 1, 5)),
        ("2020/01/05 7:08:09PM", dt.datetime(2020, 1, 5, 19, 8, 9)),
        ("2020.01.05", dt.datetime(2020, 1, 5)),
        ("01/05/2020", dt.datetime(2020, 1, 5)),
        ("Sep 9 1999 12AM", dt.datetime(1999, 9, 9)),
        ("9 September 1999 12:30 PM", dt.datetime(1999, 9, 9, 12, 30)),
        ("19990909 10:20:30", dt.datetime(1999, 9, 9, 10, 20, 30)),
        ("2020-01-05T10:20:30.5", dt.datetime(2020, 1, 5, 10, 20, 30, 500000)),
        ("2020-01-05T10:20:30Z", dt.datetime(2020, 1, 5, 10, 20, 30)),
        ("  2020-01-05  ", dt.datetime(2020, 1, 5)),
        ("2020", dt.datetime(2020, 1, 1)),
        ("200105", dt.datetime(2020, 1, 5)),
        ("10:20:30:123", dt.datetime(1900, 1, 1, 10, 20, 30, 123000)),
    ],
)
def test_forms_of_text(evaluator: Evaluator, text: str, wanted: dt.datetime) -> None:
    evaluator.declare("@s", "varchar(40)", text)
    assert evaluator.value("CAST(@s AS datetime)") == wanted
    assert evaluator.value("CAST(@s AS datetime2)") == wanted
    assert evaluator.value("CAST(@s AS date)") == wanted.date()


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "2020-13-01",
        "2020-02-30",
        "32/01/2020",
        "2020-01-05 25:00",
        "2020-01-05 10:60",
        "20:61 PM",
        "10",
        "1/2",
    ],
)
def test_no_date(evaluator: Evaluator, text: str) -> None:
    evaluator.declare("@s", "varchar(40)", text)
    for target in ("date", "datetime", "datetime2", "datetimeoffset", "smalldatetime", "time"):
        assert evaluator.value(f"TRY_CAST(@s AS {target})") is None or target in ("time", "smalldatetime")
        try:
            evaluator.value(f"CAST(@s AS {target})")
        except SqlError as error:
            assert error.number in (241, 242, 295)
    assert evaluator.value("ISDATE(@s)") == 0


def test_columns_of_dates(evaluator: Evaluator) -> None:
    """The vectorised path: good, missing and bad rows together."""
    evaluator.table([("2020-01-05",), (None,), ("Jan 5 2020",)], s="varchar(20)")
    assert evaluator.rows("CAST(s AS datetime)") == [dt.datetime(2020, 1, 5), None, dt.datetime(2020, 1, 5)]
    assert evaluator.rows("YEAR(s)") == [2020, None, 2020]
    evaluator.table([("2020-01-05",), ("x",)], s="varchar(20)")
    assert evaluator.rows("TRY_CAST(s AS date)") == [dt.date(2020, 1, 5), None]
    with pytest.raises(SqlError) as caught:
        evaluator.rows("CAST(s AS date)")
    assert caught.value.number == 241
    assert evaluator.rows("CASE WHEN s LIKE '2%' THEN CAST(s AS date) END") == [dt.date(2020, 1, 5), None]


@QUICK
@given(moment=recent, minutes=st.integers(-840, 840))
def test_datetimeoffset_keeps_its_instant(judge: Evaluator, moment: dt.datetime, minutes: int) -> None:
    utc = moment
    value: Any = {"utc": utc, "offset": minutes}
    judge.declare("@o", "datetimeoffset", value)
    local = utc + dt.timedelta(minutes=minutes)
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    text = f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond:06}0 {zone}"
    assert judge.value("CAST(@o AS varchar(40))") == text
    assert judge.value(f"CAST('{text}' AS datetimeoffset)") == value
    assert judge.value("CAST(@o AS datetime2)") == local
    assert judge.value("DATEPART(tz, @o)") == minutes
    assert judge.value("SWITCHOFFSET(@o, '+00:00')") == {"utc": utc, "offset": 0}
    assert judge.condition("@o = SWITCHOFFSET(@o, '+05:00')") is True
