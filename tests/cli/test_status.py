"""`evolve status`: what the head of the page says, in words; and the tables beside it."""

import json
import xml.etree.ElementTree as ET
from contextlib import closing

from large_run import Writer, judged_run

from cladogen.cli.main import main
from cladogen.formatting import plural
from cladogen.ledger import Caps
from cladogen.program import Program
from cladogen.record.approvals import Waiting, wait_for
from cladogen.record.steering import Steer, give
from cladogen.settings import Settings


def test_status_of_a_run_that_goes_on_says_what_is_to_come_and_what_to_do(tmp_path, capsys):
    writer = Writer(tmp_path / "runs" / "to ur", settings=Settings(caps=Caps(proposals=200)))
    writer.write(60)
    wait_for(writer.store, Waiting(900, 0, 3, "faster", ("tour.py: import os",)))
    give(tmp_path / "runs" / "to ur", Steer("pause"))
    with closing(writer.store):
        assert main(["status", str(tmp_path / "runs" / "to ur")]) == 0
    text = capsys.readouterr().out
    assert "proposals 6" in text and "of 200, 60 programs" in text
    assert "until the cap of proposals" in text and "results a minute" in text
    assert "crash" in text and "task 900, a child of #3: faster" in text
    assert "look at tour.py: import os" in text and "ago: pause" in text
    assert f"evolve approve '{tmp_path}/runs/to ur' 900" in text  # as a shell takes it


def test_status_and_its_table_agree_with_what_the_page_is_sent(tmp_path, capsys):
    folder = str(judged_run(tmp_path / "runs" / "tour", 40))
    main(["status", folder, "--json"])
    said = json.loads(capsys.readouterr().out)
    main(["status", folder])
    assert f"#{said['best']} of 40 programs" in capsys.readouterr().out
    main(["status", folder, "--better"])
    better = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in better[1:]] == [f"#{step[0]}" for step in said["steps"]]
    main(["stats", folder, "--failures", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert {row["kind"]: row["times"] for row in rows} == said["causes"]
    assert all(row["task"] is not None and row["reason"] for row in rows)


def test_runs_of_other_random_seeds_are_drawn_as_one_line_in_a_band(tmp_path, capsys):
    runs = [str(judged_run(tmp_path / "runs" / f"s{seed}", 40, seed)) for seed in range(3)]
    target = tmp_path / "p.svg"
    assert main(["plot", *runs, "--together", "--to", str(target)]) == 0
    drawn = ET.parse(target).getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert len(drawn.findall(f"{space}path")) == len(drawn.findall(f"{space}polygon")) == 1
    assert "3 runs" in "".join(drawn.itertext())
    main(["plot", *runs, "--to", str(target)])
    assert len(ET.parse(target).getroot().findall(f"{space}path")) == 3
    capsys.readouterr()


def test_status_page_and_last_line_of_a_run_count_the_same(steps_problem, tmp_path, capsys):
    """Turns that found nothing are no proposals, and trials and the final choice count apart."""
    folder = str(tmp_path / "run")
    words = ["--sandbox", "local", "--plain", "--max-proposals", "20", "--max-failing", "10000"]
    assert main(["run", str(steps_problem), "--run", folder, *words]) == 0
    last = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("spent"))
    assert main(["status", folder, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    counted = (
        plural(said["proposals"], "proposal"),
        plural(said["evaluations"], "evaluation"),
        f"{plural(said['trial_evaluations'], 'evaluation')} of trials",
    )
    assert last.split("  ")[-1].strip().startswith(", ".join(counted))
    assert said["proposals"] == 20 and said["trial_evaluations"] > 0
    assert said["answered"] >= said["proposals"]
    main(["status", folder])
    text = capsys.readouterr().out
    assert f"evaluations {said['evaluations']} and {said['trial_evaluations']} of trials" in text


def test_run_whose_seed_program_fails_says_so_and_where_its_log_is(recorder, steps_problem, capsys):
    made = recorder("bad")
    made.seed(Program.read(steps_problem / "seed"), None)
    made.store.add_event("end", {"kind": "stopped", "text": "", "best": None})
    made.store.close()
    assert main(["status", str(made.folder)]) == 0
    said = capsys.readouterr().out
    assert "failed    1 crash" in said
    assert "No seed program has a score; the first came to: crash." in said
    assert f"evolve show {made.folder} seed" in said


def test_run_that_cannot_ask_its_model_says_why_it_ended(recorder, capsys):
    made = recorder("away")
    made.store.add_event(
        "end", {"kind": "failing", "text": "openai/x: host:9: Connection refused", "best": None}
    )
    made.store.close()
    assert main(["status", str(made.folder)]) == 0
    assert "it ended (failing)" in (said := capsys.readouterr().out)
    assert "openai/x: host:9: Connection refused." in said
