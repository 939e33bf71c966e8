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
        for _ in range(self.limit):
            reply = self.model(task, self.memory.text())
            if reply.strip().startswith("DONE"):
                return reply.strip()[4:].strip()
            self.memory.add(call(reply))
        return ""
