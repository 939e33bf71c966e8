"""What the agent has seen so far."""


class Memory:
    def __init__(self):
        self.notes = []

    def clear(self):
        self.notes.clear()

    def add(self, note):
        self.notes.append(note)

    def text(self):
        return "\n".join(self.notes[-10:])
