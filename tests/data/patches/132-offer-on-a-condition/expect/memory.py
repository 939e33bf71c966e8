class Memory:
    def __init__(self):
        self.notes = []

    def clear(self):
        self.notes = []

    def reset(self):
        self.clear()

    def add(self, note):
        self.notes.append(short(note))

    def text(self):
        return "\n".join(self.notes)


def short(note, size=200):
    return note[:size]
