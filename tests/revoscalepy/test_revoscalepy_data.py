"""rx_import, rx_data_step, column_info, rx_summary, rx_get_*, rx_exec on data frames."""

import numpy as np
import pandas as pd
import pytest
from revoscalepy import (
    RxInSqlServer,
    RxLocalSeq,
    rx_create_col_info,
    rx_data_step,
    rx_exec,
    rx_get_compute_context,
    rx_get_info,
    rx_get_var_info,
    rx_get_var_names,
    rx_import,
    rx_set_compute_context,
    rx_set_temp_compute_context,
    rx_summary,
)
from revoscalepy.errors import DataError, NotSupportedError

RENTAL = {
    "Year": {"type": "integer"},
    "WeekDay": {"type": "factor", "levels": ["1", "2", "3", "4", "5", "6", "7"]},
    "Snow": {"type": "factor", "levels": ["1", "0"]},
}


@pytest.fixture
def rental():
    """Columns as a query gives them; the third row has a weekday that is no level."""
    return pd.DataFrame({"Year": [2013.0, 2014.0, 2015.0], "WeekDay": [2, 7, 9], "Snow": [True, False, None]})


def test_column_info_of_the_rental_tutorial(rental):
    frame = rx_import(rental, column_info=RENTAL)
    assert frame.Year.dtype == np.int32
    assert list(frame.WeekDay.cat.categories) == ["1", "2", "3", "4", "5", "6", "7"]
    assert frame.WeekDay.tolist()[:2] == ["2", "7"]
    assert frame.WeekDay.isna().tolist() == [False, False, True]
    assert frame.Snow.tolist()[:2] == ["1", "0"]


def test_new_names_and_new_levels(rental):
    info = {"Snow": {"levels": ["1", "0"], "newLevels": ["yes", "no"], "newName": "snows", "type": "factor"}}
    assert rx_import(rental, column_info=info).snows.tolist()[:2] == ["yes", "no"]


def test_factor_indexes_count_from_zero():
    info = {"i": {"type": "factorIndex", "levels": ["a", "b"]}}
    frame = rx_import(pd.DataFrame({"i": [1, 0, 5, -1]}), column_info=info)
    assert frame.i.tolist()[:2] == ["b", "a"]
    assert frame.i.isna().tolist() == [False, False, True, True]


def test_other_column_types():
    data = pd.DataFrame(
        {"n": ["1", "2"], "f": [1, 2], "t": [1.0, 2.5], "d": ["2024-02-29", None], "b": [0, 2]}
    )
    classes = {"n": "numeric", "f": "float32", "t": "character", "d": "Date", "b": "logical"}
    frame = rx_import(data, column_classes=classes)
    assert frame.n.tolist() == [1.0, 2.0]
    assert frame.f.dtype == np.float32
    assert frame.t.tolist() == ["1", "2.5"]
    assert frame.d[0] == pd.Timestamp(2024, 2, 29)
    assert frame.b.tolist() == [False, True]


def test_whole_numbers_with_missing_values_stay_floats():
    frame = rx_import(pd.DataFrame({"i": [1.0, None]}), column_info={"i": {"type": "integer"}})
    assert frame.i.dtype == np.float64


def test_strings_become_factors_in_the_order_encountered():
    data = pd.DataFrame({"s": ["b", "a", "b"], "t": ["x", "y", "z"]}, dtype=object)
    frame = rx_import(data, strings_as_factors=True, column_info={"t": {"type": "character"}})
    assert list(frame.s.cat.categories) == ["b", "a"]
    assert frame.t.dtype == object


def test_a_column_that_is_not_there_is_an_error(rental):
    with pytest.raises(DataError, match="Month"):
        rx_import(rental, column_info={"Month": {"type": "integer"}})


def test_a_transform_function_gets_its_objects(rental):
    def add(data, cutoff, new_col_name):
        data[new_col_name] = data.Year > cutoff
        return data

    frame = rx_data_step(
        rental, transform_function=add, transform_objects={"cutoff": 2013, "new_col_name": "late"}
    )
    assert frame.late.tolist() == [False, True, True]
    assert "late" not in rental.columns


def test_a_transform_function_may_take_a_context(rental):
    seen = []

    def keep(dataset, context):
        seen.append(context)
        return {"Year": dataset["Year"]}

    frame = rx_data_step(rental, transform_function=keep, transform_variables=["Year"])
    assert list(frame.columns) == ["Year"]
    assert seen == [{}]


def test_rows_and_columns_are_chosen(rental):
    assert list(rx_data_step(rental, vars_to_keep=["Snow", "Year"]).columns) == ["Snow", "Year"]
    assert list(rx_data_step(rental, vars_to_drop=["Snow"]).columns) == ["Year", "WeekDay"]
    assert rx_data_step(rental, start_row=2, number_rows_read=1).Year.tolist() == [2014.0]
    assert len(rx_data_step(rental, remove_missings=True)) == 2
    assert len(rx_import(rental, number_rows=2)) == 2
    with pytest.warns(UserWarning, match="3 rows"):
        assert len(rx_import(rental, max_rows_by_columns=6)) == 2


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda f: rx_data_step(f, row_selection="Year > 1"), NotSupportedError, "row_selection"),
        (lambda f: rx_data_step(f, transforms={"a": "b"}), NotSupportedError, "transforms"),
        (lambda f: rx_data_step(f, "out.xdf"), NotSupportedError, "out.xdf"),
        (lambda f: rx_data_step(f, vars_to_keep=["Year"], vars_to_drop=["Snow"]), DataError, "exclude"),
        (lambda f: rx_data_step(f, vars_to_keep=["Month"]), DataError, "Month"),
        (lambda f: rx_data_step(f, start_row=0), DataError, "start_row"),
        (lambda f: rx_data_step(f, transform_function=lambda d: 5), DataError, "must return a data frame"),
        (lambda f: rx_data_step(f, transform_objects={"a": 1}), DataError, "transform_function"),
        (
            lambda f: rx_data_step(f, transform_variables=["Month"], transform_function=dict),
            DataError,
            "Month",
        ),
        (lambda f: rx_import(f, nonsense=1), TypeError, "nonsense"),
        (lambda f: rx_import("data.csv"), NotSupportedError, "data.csv"),
        (lambda f: rx_import(5), DataError, "not int"),
    ],
)
def test_what_is_refused(rental, call, error, text):
    with pytest.raises(error, match=text):
        call(rental)


def test_summary_statistics_are_those_of_pandas(frame):
    frame.loc[3, "x"] = np.nan
    summary = rx_summary("~ x + z + c", frame)
    table = summary.summary_data_frame
    assert list(table.columns) == ["Name", "Mean", "StdDev", "Min", "Max", "ValidObs", "MissingObs"]
    assert table.Name.tolist() == ["x", "z"]
    for row, name in enumerate("xz"):
        judge = [frame[name].mean(), frame[name].std(), frame[name].min(), frame[name].max()]
        np.testing.assert_allclose(table.iloc[row, 1:5].astype(float), judge)
    assert table.MissingObs.tolist() == [1, 0]
    (counts,) = summary.categorical
    assert dict(zip(counts.c, counts.Counts, strict=True)) == frame.c.value_counts().to_dict()
    assert (summary.nobs_valid, summary.nobs_missing) == (len(frame), 0)


def test_a_number_by_a_factor_is_summarized_per_level(frame):
    for formula in ("~ y:c", "y ~ c"):
        (table,) = rx_summary(formula, frame).categorical
        judge = frame.groupby("c").y
        np.testing.assert_allclose(table.Means, judge.mean()[table.c])
        np.testing.assert_allclose(table.StdDev, judge.std()[table.c])
        assert table.ValidObs.tolist() == judge.count()[table.c].tolist()


def test_two_factors_are_counted_together(frame):
    (table,) = rx_summary("~ c:F(h)", frame).categorical
    assert list(table.columns) == ["c", "F_h", "Counts"]
    judge = frame.groupby(["c", "h"]).size()
    assert [
        judge.get((c, int(h)), 0) for c, h in zip(table.c, table.F_h, strict=True)
    ] == table.Counts.tolist()


def test_rows_with_missing_values_leave_by_term_or_everywhere(frame):
    frame.loc[:9, "x"] = np.nan
    whole = rx_summary("~ x + z", frame, by_term=False)
    assert whole.summary_data_frame.ValidObs.tolist() == [len(frame) - 10] * 2
    assert (whole.nobs_valid, whole.nobs_missing) == (len(frame) - 10, 10)


def test_weights_and_chosen_statistics(frame):
    repeated = frame.loc[frame.index.repeat(frame.h)]
    weighted = rx_summary(
        "~ y", frame, fweights="h", summary_stats=["Mean", "StdDev", "Sum"]
    ).summary_data_frame
    assert list(weighted.columns) == ["Name", "Mean", "StdDev", "Sum"]
    np.testing.assert_allclose(
        weighted.iloc[0, 1:].astype(float), [repeated.y.mean(), repeated.y.std(), repeated.y.sum()]
    )


def test_the_printed_summary_has_the_documented_parts(frame):
    text = str(rx_summary("y ~ c", frame))
    for part in (
        "Summary Statistics Results for: y ~ c",
        "Number of valid observations: 400",
        "3 categories",
    ):
        assert part in text


def test_variable_information_is_printed_as_documented():
    data = pd.DataFrame(
        {
            "RowNum": np.arange(1, 129, dtype=np.int32),
            "car.age": pd.Categorical.from_codes([0, 1] * 64, ["0-3", "4-7"]),
            "cost": np.linspace(11, 850, 128, dtype=np.float32),
        }
    )
    assert str(rx_get_var_info(data)) == (
        "Var 1: RowNum, Type: integer, Storage: int32, Low/High: (1.0000, 128.0000)\n"
        "Var 2: car.age\n\t2 factor levels: ['0-3', '4-7']\n"
        "Var 3: cost, Type: numeric, Storage: float32, Low/High: (11.0000, 850.0000)"
    )
    info = rx_get_info(data, get_var_info=True, num_rows=2)
    assert "Number of observations:128.0\nNumber of variables:3.0\nVariable information: \nVar 1" in str(info)
    assert (info["numRows"], info["numVars"], len(info["data"])) == (128, 3, 2)
    assert rx_get_var_names(data) == ["RowNum", "car.age", "cost"]
    assert list(rx_get_var_info(data, vars_to_keep=["cost"])) == ["cost"]


def test_col_info_carries_the_levels_to_other_data():
    first = rx_import(
        pd.DataFrame({"s": ["b", "a"], "n": [1.5, 2.5]}, dtype=object).astype({"n": float}),
        strings_as_factors=True,
    )
    info = rx_create_col_info(first)
    assert info == {"s": {"type": "factor", "levels": ["b", "a"]}, "n": {"type": "numeric"}}
    second = rx_import(pd.DataFrame({"s": ["a", "c"], "n": [1, 2]}), column_info=info)
    assert list(second.s.cat.categories) == ["b", "a"]
    assert second.s.isna().tolist() == [False, True]
    assert rx_create_col_info(first, sort_levels=True, factors_only=True) == {
        "s": {"type": "factor", "levels": ["a", "b"]}
    }


def test_rx_exec_spreads_its_arguments():
    def product(x, y=1):
        return x * y

    assert rx_exec(product, {"x": 2, "y": 3}) == [6]
    assert rx_exec(product, [{"x": 2}, {"x": 3}]) == [2, 3]
    assert rx_exec(product, x=[1, 2, 3], y=10) == [10, 20, 30]
    assert rx_exec(product, x=[1, 2], y=[3, 4]) == [3, 8]
    assert rx_exec(sum, args=None, times_to_run=0) == []
    assert rx_exec(len, [{"obj": "ab"}][:0]) == []
    assert rx_exec(lambda the_list: len(the_list), the_list=[[0, 1, 2, 3]]) == [4]
    assert rx_exec(lambda: 7, times_to_run=3) == [7, 7, 7]
    seen = []
    rx_exec(product, x=[1, 2], callback=seen.append)
    assert seen == [1, 2]


@pytest.mark.parametrize(
    "call",
    [
        lambda: rx_exec(len, {"a": 1}, b=2),
        lambda: rx_exec(len, x=[1, 2], y=[1, 2, 3]),
        lambda: rx_exec(len, [{"a": 1}, {"a": 2}], times_to_run=3),
    ],
)
def test_rx_exec_refuses_arguments_that_do_not_fit(call):
    with pytest.raises(DataError):
        call()


def test_compute_contexts():
    assert isinstance(rx_get_compute_context(), RxLocalSeq)
    server = RxInSqlServer("Driver=x", num_tasks=4, auto_cleanup=False)
    previous = rx_set_compute_context(server)
    assert rx_get_compute_context() is server
    assert rx_set_compute_context(previous) is server
    with rx_set_temp_compute_context(server):
        assert rx_get_compute_context() is server
    assert rx_set_compute_context("local") == RxLocalSeq()
    with pytest.raises(DataError):
        rx_set_compute_context("RxSpark")
    with pytest.raises(NotSupportedError, match="wait=False"):
        RxInSqlServer("Driver=x", wait=False)


def test_a_server_context_needs_a_data_source(frame):
    with pytest.raises(DataError, match="needs a data source"):
        rx_summary("~ x", frame, compute_context=RxInSqlServer("Driver=x"))
