"""The public surface: adding or losing a name is a decision, seen here."""

import cladogen

NAMES = """
Archive ArchiveView Axis Call Caps Case CladogenError ConfigError Cost Ending Evaluation Evaluator Execution
Expectation File FinishedRun Invalid Job Limits Measure ModelError Node Observer Outcome PatchRefused Policy Problem
ProblemError Program Progress Proposal Propose Proposer Record Result RunError Sandbox SandboxError Score
Scored ScorerError Settings Space Spend Standing Status Stop Task Usage aevolve apply_reply evolve load load_run make_diff
"""


def test_public_names_are_these():
    assert sorted(cladogen.__all__) == sorted(NAMES.split())


def test_every_public_name_is_there_and_documented():
    for name in cladogen.__all__:
        value = getattr(cladogen, name)
        assert name == "Task" or value.__doc__, name


def test_unknown_name_is_an_attribute_error():
    try:
        cladogen.nonsense  # noqa: B018
    except AttributeError as error:
        assert "nonsense" in str(error)
    else:
        raise AssertionError("no error")
