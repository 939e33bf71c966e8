"""Commands as models: text in, text out, and what goes wrong with them."""

import asyncio
import json
import os
import signal
import sys

import pytest
from commands import asked, command

from cladogen.errors import ModelError
from cladogen.ledger import Caps
from cladogen.models.calls import CallStatus, Message
from cladogen.models.client_command import _running
from cladogen.models.limiter import Patience
from cladogen.models.model import Price


async def test_prompt_goes_to_standard_input_and_what_is_printed_is_the_reply():
    name = command("import sys; print('read:', sys.stdin.read())")
    call, _, budget, _ = await asked(name)
    assert call.reply.status is CallStatus.REPLIED and "be brief\n\nimprove this" in call.reply.text
    assert call.cost.usd is None and budget.spend.unpriced == 1 and budget.spend.tokens > 0


@pytest.mark.parametrize("place", ["{prompt}", "{file}"])
async def test_prompt_may_stand_in_the_command(place):
    code = "import sys, os; a = sys.argv[1]; print(open(a).read() if os.path.isabs(a) else a)"
    call, *_ = await asked(command(code, place))
    assert "improve this" in call.reply.text


async def test_prompt_that_is_too_long_for_an_argument_says_what_to_do():
    long = (Message("user", "x" * 200_000),)
    call, models, *_ = await asked(command("pass", "{prompt}"), messages=long)
    assert "{file}" in call.reply.error
    with pytest.raises(ModelError, match="too long for an argument"):
        models.usable()


async def test_command_runs_in_an_empty_folder_that_is_gone_afterwards():
    code = "import os; print(os.getcwd(), os.listdir('.')); open('left', 'w').close()"
    call, *_ = await asked(command(code))
    folder, _, names = call.reply.text.strip().partition(" ")
    assert names == "[]" and not os.path.exists(folder)


async def test_conversation_is_labelled_and_ends_with_what_is_asked():
    said = tuple(Message(role, text) for role, text in
                 (("system", "S"), ("user", "U1"), ("assistant", "A1"), ("user", "U2")))  # fmt: skip
    call, *_ = await asked(command("import sys; print(sys.stdin.read())"), messages=said)
    assert (
        call.reply.text.strip().endswith("U2") and "## Your earlier answer\n\nA1" in call.reply.text
    )


async def test_json_of_an_agent_gives_text_tokens_and_cost():
    told = {"type": "result", "is_error": False, "result": "the reply", "total_cost_usd": 0.0125,
            "usage": {"input_tokens": 3, "cache_read_input_tokens": 900, "output_tokens": 50}}  # fmt: skip
    call, *_ = await asked(command(f"print({json.dumps(told)!r})"))
    assert call.reply.text == "the reply" and call.cost.usd == 0.0125
    assert (call.cost.prompt_tokens, call.cost.completion_tokens) == (903, 50)


async def test_command_that_fails_is_asked_again_and_its_last_words_are_the_reason():
    call, models, *_ = await asked(command("import sys; sys.exit('the flux capacitor')"))
    assert (
        call.reply.status is CallStatus.FAILED
        and "exit code 1: the flux capacitor" in call.reply.error
    )
    assert len(models.log.calls) == 3


@pytest.mark.parametrize(
    "words", ["Invalid API key - Please run /login", "You are not logged in"], ids=["key", "login"]
)
async def test_missing_login_ends_a_command_at_once(words):
    call, models, *_ = await asked(command(f"import sys; sys.exit({words!r})"))
    assert len(models.log.calls) == 1 and words in call.reply.error
    with pytest.raises(ModelError):
        models.usable()


async def test_error_object_of_an_agent_is_a_failure():
    told = {
        "is_error": True,
        "result": "You've hit your usage limit. Try again in 3 hours 12 minutes.",
    }
    call, models, *_ = await asked(command(f"print({json.dumps(told)!r})"))
    assert call.reply.status is CallStatus.FAILED
    with pytest.raises(ModelError, match=r"3\.2 hours"):
        models.usable()


async def test_silent_command_is_ended_with_all_its_processes(tmp_path):
    pid = tmp_path / "pid"
    code = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pid)!r}, 'w').write(str(p.pid))\ntime.sleep(600)"
    )
    call, *_ = await asked(command(code), Patience(attempts=1), silence=2.0)
    assert call.reply.status is CallStatus.FAILED and "nothing came for 2 s" in call.reply.error
    with pytest.raises(ProcessLookupError):  # its session was killed; the machine reaps it
        for _ in range(200):
            os.kill(int(pid.read_text()), 0)
            await asyncio.sleep(0.05)


async def test_interrupted_call_leaves_no_process(tmp_path):
    pid = tmp_path / "pid"
    fifo = tmp_path / "started"
    os.mkfifo(fifo)
    code = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); open({str(fifo)!r}, 'w').close(); time.sleep(600)"
    task = asyncio.create_task(asked(command(code)))
    await asyncio.to_thread(lambda: open(fifo).close())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


async def test_endless_output_is_left():
    code = "import sys\nwhile True: sys.stdout.write('spam ' * 10000)"
    call, *_ = await asked(command(code))
    assert call.reply.status is CallStatus.CUT and len(call.reply.text) < 3_000_000


async def test_command_is_ended_while_nobody_reads_what_it_prints(tmp_path):
    full = "import sys; sys.stdout.write('spam ' * 50_000); sys.stdout.flush(); "
    code = full + "print('full', file=sys.stderr, flush=True); input()"
    async with asyncio.timeout(60):
        async with _running([sys.executable, "-c", code], tmp_path) as process:
            assert await process.stderr.readline() == b"full\n"
    assert process.returncode == -signal.SIGKILL


async def test_subscription_at_a_price_of_zero_costs_nothing_and_passes_a_cap_in_dollars():
    name = command("print('the reply')")
    call, _, budget, _ = await asked(name, price=Price(0.0, 0.0), caps=Caps(usd=1.0))
    assert call.cost.usd == 0.0 and budget.spend.unpriced == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("cat | head", "| is a shell's, and no shell runs a command; write cli:sh -c"),
        ("cat > there", "> is a shell's"),
        ("NAME=1 cat", "write cli:env NAME=VALUE COMMAND"),
    ],
)
async def test_command_that_only_a_shell_could_run_says_what_to_write(words, told):
    call, *_ = await asked(f"cli:{words}")
    assert told in call.reply.error


async def test_files_that_a_command_names_are_those_of_the_folder_evolve_runs_in(
    tmp_path, monkeypatch
):
    (tmp_path / "agent.py").write_text("print('the reply')")
    (tmp_path / "agent.sh").write_text("#!/bin/sh\necho the reply\n")
    (tmp_path / "agent.sh").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for words in (f"{sys.executable} agent.py", "./agent.sh", "~/agent.sh", "$HOME/agent.sh"):
        call, *_ = await asked(f"cli:{words}")
        assert call.reply.text == "the reply\n", words


async def test_command_that_fails_says_so_in_the_words_of_its_json_and_what_it_cost():
    told = json.dumps(
        {"type": "result", "is_error": True, "result": "too long", "total_cost_usd": 0.2}
    )
    call, *_ = await asked(command(f"import sys; print({told!r}); sys.exit(1)"))
    assert call.reply.error.endswith("exit code 1: too long") and call.cost.usd == 0.2
    assert call.reply.text == ""


async def test_command_that_prints_nothing_is_no_reply_and_its_errors_are_said():
    call, *_ = await asked(command("import sys; print('no login', file=sys.stderr)"))
    assert (
        call.reply.status is CallStatus.FAILED and "printed nothing: no login" in call.reply.error
    )
