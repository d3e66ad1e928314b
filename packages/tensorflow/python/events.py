"""How this program speaks to the Node process that started it: one JSON object a line on standard output."""

import json
import sys
import time


class Failure(Exception):
    """Ends the program with a code that Node turns into a TensorFlowError; Node knows the usual advice for each
    code."""

    def __init__(self, code, message, advice=None):
        super().__init__(message)
        self.code, self.advice = code, advice


def emit(event, **fields):
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


def note(text):
    emit("note", text=text)


class Progress:
    """Reports a stage's progress in bytes, at most ten times a second."""

    def __init__(self, stage, total, done=0):
        self.done, self.sent = done, 0.0
        emit("stage", stage=stage, total=total, done=done)

    def set(self, done):
        self.done = done
        now = time.monotonic()
        if now - self.sent >= 0.1:
            self.sent = now
            emit("progress", done=done)

    def add(self, amount):
        self.set(self.done + amount)

    def finish(self):
        emit("progress", done=self.done)
