"""The contract of observers, kept by all that ship."""

import io

from cladogen.display.contract import ObserverContract
from cladogen.display.json_lines import JsonLines
from cladogen.display.lines import Plain
from cladogen.display.live import Live
from cladogen.events import Observers, Silent


class TestSilent(ObserverContract):
    def make(self):
        return Silent()


class TestPlain(ObserverContract):
    def make(self):
        return Plain(io.StringIO())


class TestJsonLines(ObserverContract):
    def make(self):
        return JsonLines(io.StringIO())


class TestLive(ObserverContract):
    def make(self):
        return Live(io.StringIO())


class TestSeveral(ObserverContract):
    def make(self):
        return Observers(Silent(), Plain(io.StringIO()))
