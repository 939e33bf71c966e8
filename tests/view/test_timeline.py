"""How busy a run was, also where the machine's clock jumped."""

from cladogen.view.reports.busy import tasks_table
from cladogen.view.timeline import _binned


def test_results_are_all_counted_where_the_clock_was_set_back():
    found = _binned([1000.0, 1010.0, 400.0, 1020.0])
    assert sum(found["counts"]) == 4
    assert (found["begin"], found["width"]) == (400.0, 620.0 / 60)


def test_task_that_ended_before_it_began_took_no_time():
    span = {"ticket": 1, "kind": "propose", "lane": 0, "begin": 1000.0, "end": 400.0, "word": "ok"}
    assert tasks_table([span], 900.0)[1] == ("1", "propose", "1", "1 min 40 s", "0.0 s", "ok")
