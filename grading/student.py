"""The student's namespace at a distance: what a hidden test sees as `student`.

Attributes, calls, items and iteration become questions to the kernel in the sandbox. Plain data comes back
as a copy made here; everything else as a `Handle`, which is only a number and a type's name.
"""

import math
import time

from grading import wire
from grading.kernel import Kernel, KernelTimeout

MAX_ITEMS = 100_000


class StudentError(Exception):
    """The student's code raised, or gave something that is no answer; the text is for the student."""


class NoLength(StudentError, TypeError):
    """`list(handle)` asks for a length first: a TypeError says that there is none, and it goes on without."""


class Channel:
    """Questions and answers over one kernel. Raises StudentError, KernelDied or KernelTimeout.

    timeout: seconds for one question; deadline: when all have to be answered (`time.monotonic()`).
    """

    def __init__(self, kernel: Kernel, deadline: float = math.inf):
        self.kernel, self.timeout, self.deadline = kernel, 30.0, deadline

    def ask(self, op, **request):
        frames = wire.pack({"op": op, **request}, _handle_out)
        if (left := self.deadline - time.monotonic()) <= 0:
            raise KernelTimeout("the notebook's time is over")
        answer = self._unpack(self.kernel.ask(frames, min(self.timeout, left)))
        if not isinstance(answer, dict) or not ("ok" in answer or "error" in answer):
            raise StudentError("the notebook's answer could not be read")
        if "error" in answer:
            raise StudentError(_sentence(answer["error"]))
        return answer["ok"]

    def _unpack(self, frames):
        try:
            return wire.unpack(frames, self._handle_in)
        except wire.WireError as error:
            raise StudentError(f"the answer cannot be used: {error}") from error

    def _handle_in(self, tree):
        number = tree["id"]
        if not isinstance(number, int) or isinstance(number, bool):
            raise wire.WireError("a handle that is not one")
        return Handle(self, number, str(tree.get("type"))[:80])


def _handle_out(value):
    if isinstance(value, Handle):
        return {"t": "handle", "id": object.__getattribute__(value, "_id")}
    raise TypeError(f"a hidden test passes plain data and handles to the student's code, not {type(value).__name__}")


def _sentence(error) -> str:
    if not isinstance(error, dict):
        return "the notebook's answer could not be read"
    kind, message, where = (str(error.get(key, ""))[:500] for key in ("type", "message", "where"))
    if kind == "WireError":
        return message
    if kind == "NotImplementedError":
        return f"not written yet: {message}"
    return f"{kind}: {message}" + (f" ({where})" if where else "")


class Handle:
    """An object that lives in the student's kernel. What it answers is asked there, each time anew."""

    def __init__(self, channel, number, kind):
        object.__setattr__(self, "_channel", channel)
        object.__setattr__(self, "_id", number)
        object.__setattr__(self, "_kind", kind)

    def __getattr__(self, name):
        if name.startswith("__"):  # Python's and NumPy's own protocols never go to the sandbox
            raise AttributeError(name)
        return self._channel.ask("get", on=self, name=name)

    def __setattr__(self, name, value):
        self._channel.ask("set", on=self, name=name, value=value)

    def __call__(self, *args, **kwargs):
        return self._channel.ask("call", on=self, args=args, kwargs=kwargs)

    def __getitem__(self, key):
        if isinstance(key, slice):
            raise TypeError("slices do not travel: take items one by one, or slice in student.run")
        return self._channel.ask("item", on=self, key=key)

    def __setitem__(self, key, value):
        self._channel.ask("set_item", on=self, key=key, value=value)

    def __len__(self):
        try:
            length = self._channel.ask("len", on=self)
        except StudentError as error:
            raise NoLength(str(error)) from error
        if not isinstance(length, int) or not 0 <= length <= 2**40:
            raise StudentError("len() of it is not a number")
        return length

    def __iter__(self):
        iterator = self._channel.ask("iter", on=self)
        for _ in range(MAX_ITEMS):
            answer = self._channel.ask("next", on=iterator)
            if not isinstance(answer, dict) or "value" not in answer:
                return
            yield answer["value"]
        raise StudentError(f"it goes on for more than {MAX_ITEMS} items")

    def __repr__(self):
        return f"<a {self._kind} of the student's>"


class Student:
    """The namespace itself: `student.name`, `student.name = value`, `student.run("def helper(): …")`."""

    def __init__(self, channel: Channel):
        object.__setattr__(self, "_channel", channel)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._channel.ask("name", name=name)

    def __setattr__(self, name, value):
        self._channel.ask("set_name", name=name, value=value)

    def run(self, code: str) -> Handle:
        """Run definitions in a copy of the student's namespace; a handle on their names.

        The student's program can read `code`: it must not hold an answer.
        """
        return self._channel.ask("run", code=code)
