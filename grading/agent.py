"""The few lines of the grader that run inside the student's kernel: start it, and answer the judge.

A stand-alone file: the sandbox sees it, `wire.py` and `syscalls.py`, not the rest of `grading/`. Nothing here is
trusted by the judge. A student's program can replace all of it, and wins nothing but the right to send data.

usage: python -I agent.py <connection file> <limits as JSON>
"""

import importlib
import json
import linecache
import os
import random
import resource
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import syscalls
import wire

sys.path.pop(0)


class Nowhere:
    """What the student's functions print while the judge asks is not kept."""

    encoding = "utf-8"

    def write(self, text):
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False


class Agent:
    """Answers the judge's questions about objects of the student's namespace; 0 is the namespace itself."""

    def __init__(self, namespace):
        self.namespace, self.objects = namespace, {}

    def answer(self, frames):
        """[packed reply] for a packed request {"op": …, "on": handle number, …}."""
        streams = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = Nowhere()
        try:
            request = wire.unpack(frames, lambda handle: self.objects[handle["id"]])
            value = getattr(self, "op_" + request.pop("op"))(**request)
            return wire.pack({"ok": value}, self.to_handle)
        except wire.WireError as error:
            return wire.pack({"error": {"type": "WireError", "message": str(error), "where": ""}}, repr)
        except BaseException as error:  # SystemExit and KeyboardInterrupt too: a question never ends the kernel
            return wire.pack({"error": describe(error)}, repr)
        finally:
            sys.stdout, sys.stderr = streams

    def to_handle(self, value):
        number = len(self.objects) + 1
        self.objects[number] = value
        return {"t": "handle", "id": number, "type": type(value).__name__[:80], "callable": callable(value)}

    def op_begin(self, seed):
        """A new test: forget the old handles, and start every generator from the same place."""
        self.objects.clear()
        random.seed(seed)
        for package, module, name in (("numpy", "numpy.random", "seed"), ("torch", "torch", "manual_seed")):
            if package in sys.modules:  # numpy imports its generators only when they are first used
                getattr(importlib.import_module(module), name)(seed)

    def op_name(self, name):
        if name in self.namespace:
            return self.namespace[name]
        raise NameError(f"{name} is not defined")

    def op_get(self, on, name):
        return getattr(on, name)

    def op_set(self, on, name, value):
        setattr(on, name, value)

    def op_set_name(self, name, value):
        self.namespace[name] = value

    def op_call(self, on, args, kwargs):
        return on(*args, **kwargs)

    def op_item(self, on, key):
        return on[key]

    def op_set_item(self, on, key, value):
        on[key] = value

    def op_len(self, on):
        return len(on)

    def op_iter(self, on):
        return Opaque(iter(on))

    def op_next(self, on):
        try:
            return {"value": next(on.value)}
        except StopIteration:
            return {}

    def op_run(self, code):
        """Definitions of the judge's, made in a copy of the student's namespace."""
        scope = dict(self.namespace)
        exec(compile(code, "<judge>", "exec"), scope)
        return Scope(scope)


class Opaque:
    """Keeps an iterator from being taken for plain data."""

    def __init__(self, value):
        self.value = value


class Scope:
    def __init__(self, names):
        self.__dict__.update(names)


def describe(error):
    """An exception in the student's code, with the innermost line of the student's own."""
    where = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        filename, function = frame.f_code.co_filename, frame.f_code.co_name
        if "ipykernel" in filename and os.path.basename(filename)[:-3].isdigit():
            text = linecache.getline(filename, line).strip()
            where = f"in {function}, line {line}: {text}"[:300]
    try:
        message = str(error)[:500]
    except BaseException:
        message = ""
    return {"type": type(error).__name__[:80], "message": message, "where": where}


def limit(limits):
    """Hard limits of this process and its children; a message for each is made where it is noticed."""
    for name, value in limits.items():
        if hasattr(resource, name):  # some are Linux's alone
            resource.setrlimit(getattr(resource, name), (value, value))


def main(connection_file, limits):
    """Be the kernel of one submission. Its checkpoints lie beside the connection file."""
    limit(json.loads(limits))
    syscalls.refuse()
    os.environ["COURSE_CHECKPOINTS"] = os.path.join(os.path.dirname(connection_file), "checkpoints")
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelapp import IPKernelApp

    class JudgedKernel(IPythonKernel):
        msg_types = [*IPythonKernel.msg_types, "judge_request"]

        async def judge_request(self, socket, ident, parent):
            buffers = [bytes(memoryview(buffer)) for buffer in parent["buffers"]]
            reply = self.agent.answer(buffers)
            self.session.send(socket, "judge_reply", {}, parent, ident=ident, buffers=reply)

    app = IPKernelApp.instance(kernel_class=JudgedKernel, connection_file=connection_file)
    app.initialize([])
    app.kernel.agent = Agent(app.kernel.shell.user_ns)
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(quiet, stream)
    app.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
