"""When runs are read for the page."""

from large_run import large_run

from cladogen.view.followed import PART
from cladogen.view.page.live import SOONEST_S, Runs


async def test_first_reading_waits_while_a_page_is_about_to_be_drawn(tmp_path):
    run = large_run(tmp_path / "runs" / "tour", 3 * PART)
    runs = Runs([run], opened_s=3600)

    async def known():
        return await runs.read("tour", lambda run: len(run.reader.entries), whole=False)

    try:
        runs.begin()
        runs.opened()
        assert {await known() for _ in range(20)} == {PART}
        runs.sent()
        while await known() < 3 * PART:
            pass
    finally:
        runs.close()


async def test_page_hears_of_a_first_reading_as_often_at_its_end_as_at_its_begin(tmp_path):
    """What was asked for meanwhile is no look at a run that goes on: it puts none off."""
    runs = Runs([large_run(tmp_path / "runs" / "tour", 2 * PART)], opened_s=3600)
    try:
        runs.begin()
        runs.opened()
        for _ in range(3):
            await runs.read("tour", lambda run: [hash(each) for each in range(10**5)], whole=False)
        assert runs.pause_s("tour") == SOONEST_S
    finally:
        runs.close()


async def test_first_reading_goes_on_where_a_page_asks_for_no_programs(tmp_path):
    run = large_run(tmp_path / "runs" / "tour", 2 * PART)
    runs = Runs([run])
    try:
        runs.begin()
        runs.opened()
        while await runs.read("tour", lambda run: run.share_read, whole=False) < 1:
            pass
    finally:
        runs.close()
