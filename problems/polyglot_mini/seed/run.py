"""What is measured: an exercise in, the text of the agent's file out."""


def run(case):
    from agent.work import solve

    return solve(case)
