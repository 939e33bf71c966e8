"""When runs are read for the page."""

from large_run import large_run

from cladogen.view.followed import PART
from cladogen.view.page.live import Runs


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
