"""Event files made by TensorBoard's own writer, for event-file.test.ts. Usage: python make_golden.py > events.json

Needs tensorboard 2.21 and numpy. The histogram's buckets are computed here by numpy, not by TensorBoard.
"""
import io
import json

import numpy as np
import tensorboard
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.summary.writer.record_writer import RecordWriter

WALL_TIME = 1700000000.25


def limits():
    positive, limit = [], 1e-12
    while limit < 1e20:
        positive.append(limit)
        limit *= 1.1
    positive.append(float(np.finfo(np.float64).max))
    return np.array([-x for x in reversed(positive)] + [0.0] + positive)


def histogram(values):
    edges = limits()
    wide = values.astype(np.float64)
    counts = np.bincount(np.searchsorted(edges, wide, side="right"), minlength=len(edges)).astype(np.float64)
    used = np.nonzero(counts)[0]
    first, end = max(0, used[0] - 1), used[-1] + 1
    total, squares = 0.0, 0.0
    for value in wide:  # in order, as a plain loop adds
        total += value
        squares += value * value
    return HistogramProto(min=wide.min(), max=wide.max(), num=len(wide), sum=total, sum_squares=squares,
                          bucket_limit=edges[first:end].tolist(), bucket=counts[first:end].tolist())


def record(event):
    target = io.BytesIO()
    RecordWriter(target).write(event.SerializeToString(deterministic=True))
    return target.getvalue().hex()


def scalars(step, values):
    return Event(wall_time=WALL_TIME, step=step,
                 summary=Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]))


cases = [
    {"name": "version", "record": record(Event(wall_time=WALL_TIME, file_version="brain.Event:2"))},
    {"name": "start", "step": 301,
     "record": record(Event(wall_time=WALL_TIME, step=301, session_log=SessionLog(status=SessionLog.START)))},
]
for step, values in [(1, {"train/loss": 2.302585}), (0, {"zero": 0.0}),
                     (5_000_000_000, {"negative": -1e-3, "größer": 3e38, "test/accuracy": 0.8437})]:
    written = record(scalars(step, values))
    cases.append({"name": f"scalars at {step}", "step": step, "scalars": values, "record": written})
random = np.random.default_rng(1)
for name, values in [("normal", random.normal(0, 0.05, 500)), ("zeros", np.zeros(7)), ("one", np.array([-3.25])),
                     ("edges", np.array([1e-12, -1e-12, 0, 1e-13, -1e-13, 1e21, 1.1e-12]))]:
    values = values.astype(np.float32)
    event = Event(wall_time=WALL_TIME, step=9,
                  summary=Summary(value=[Summary.Value(tag="weights/k", histo=histogram(values))]))
    listed = values.astype(float).tolist()
    cases.append({"name": f"histogram {name}", "step": 9, "values": listed, "record": record(event)})
print(json.dumps({"tensorboard": tensorboard.__version__, "wallTime": WALL_TIME, "cases": cases}))
