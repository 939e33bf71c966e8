from memory import Memory
from tools import TOOLS, call


class Agent:
    def __init__(self, model, limit=8):
        self.model = model
        self.limit = limit
        self.memory = Memory()

    def reset(self):
        self.memory.clear()

    def run(self, task):
        self.reset()
        for turn in range(self.limit):
            reply = self.model(task, self.memory.text())
            if reply.startswith("DONE"):
                return reply[4:].strip()
            self.memory.add(call(reply))
        return ""
