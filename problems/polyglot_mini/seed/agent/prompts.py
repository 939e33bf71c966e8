"""What the model is told."""

SYSTEM = """You write small programs that read standard input and write standard output.
You work in a folder with four tools: read, edit, run, submit. Write the file, try it on the
examples (example1.in, example1.out, ...), mend what is wrong, then submit."""


def exercise(case):
    """Return the text of one exercise."""
    built = f"It is built with: {' '.join(case['build'])}\n" if case["build"] else ""
    given, wanted = case["examples"][0]
    return (
        f"Language: {case['language']}\nFile: {case['file']}\n{built}"
        f"It is run with: {' '.join(case['command'])}\n\n{case['statement']}\n\n"
        f"Example input:\n{given}\nExample output:\n{wanted}"
    )
