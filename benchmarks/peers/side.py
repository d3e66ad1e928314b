"""One side of a benchmark in a process of its own: side.py MODULE PEER. The protocol is that of
src/harness/protocol.ts.

MODULE is a file beside this one with `prepare(peer, params, inputs)`, which returns a workload:
    check()    its output under params["check"], a float32 array
    between()  optional: untimed work before each timed call
    run()      what is timed
"""
import gc
import importlib
import json
import sys
import time

import numpy as np


def load(entry):
    return np.fromfile(entry["file"], dtype=entry["dtype"]).reshape(entry["shape"])


def measure(workload, calls):
    between = getattr(workload, "between", None)
    seconds = []
    for _ in range(calls):
        if between:
            between()
        start = time.perf_counter()
        workload.run()
        seconds.append(time.perf_counter() - start)
    return seconds


def main():
    module = importlib.import_module(sys.argv[1])
    peer = sys.argv[2]
    workload = None
    gc.disable()  # A collection inside a timed call would count as the peer's work.
    for line in sys.stdin:
        request = json.loads(line)
        answer = {}
        try:
            if request["kind"] == "prepare":
                workload = None
                gc.collect()
                inputs = {name: load(entry) for name, entry in request["inputs"].items()}
                workload = module.prepare(peer, request["params"], inputs)
                np.ascontiguousarray(workload.check(), np.float32).tofile(request["output"])
            elif request["kind"] == "time":
                answer["seconds"] = measure(workload, request["calls"])
        except Exception as error:  # The harness says which side failed at what.
            answer["error"] = f"{type(error).__name__}: {error}"
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
