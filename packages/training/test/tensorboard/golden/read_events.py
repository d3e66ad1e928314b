"""What TensorBoard reads from a directory of event files, as JSON. Usage: python read_events.py DIRECTORY (tensorboard
2.21)"""
import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0, "histograms": 0})
events.Reload()
tags = events.Tags()
print(json.dumps({
    "scalars": {tag: [[event.step, event.value] for event in events.Scalars(tag)] for tag in tags["scalars"]},
    "histograms": {
        tag: [[event.step, event.histogram_value.num, event.histogram_value.min, event.histogram_value.max]
              for event in events.Histograms(tag)]
        for tag in tags["histograms"]
    },
}))
