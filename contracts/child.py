"""The child process of the sandbox: limits first, then the work. It imports no more than that needs, for each file pays for it."""

import importlib
import json
import os
import resource
import sys
from typing import Any


def main(order: str) -> int:
    """The child: limits first, then the work; exit status 0 means an answer was written."""
    wanted = json.loads(order)
    cpu, memory, written = wanted["limits"]
    _limit(resource.RLIMIT_CPU, cpu)
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_FSIZE, written)
    _limit(resource.RLIMIT_CORE, 0)
    module, function = wanted["task"].split(":")
    work = getattr(importlib.import_module(module), function)
    data = sys.stdin.buffer.read()
    answer: dict[str, Any]
    try:
        answer = {"result": work(data, **wanted["arguments"])}
    except MemoryError:
        return 1
    except Exception as error:
        if getattr(error, "is_refusal", False):
            answer = {"refused": type(error).__name__, "detail": getattr(error, "detail", "")}
        else:
            answer = {"broken": f"{type(error).__name__}: {error}"}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)  # parsers' clean-up of a broken file must not undo a finished answer


def _limit(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard),) * 2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
