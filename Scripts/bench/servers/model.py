"""The model as a server's model function runs it: once at full depth, as a user would, and once block by block, where tasks
leave at the exit they ask for. A request is the feature's float32 values and behind them, as one more, its exit."""

import json
import os
from pathlib import Path

# Versions behind 1.28.0 upload usage data unless told not to.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime


def load(folder, with_exits):
    folder = Path(folder)
    shape = json.loads((folder / "shape.json").read_text())
    return WithExits(shape) if with_exits else FullDepth(folder / "chain.onnx", shape)


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


class Model:
    def answers(self, requests):
        """(class, size of the batch) of each request; `requests` are float32 arrays."""
        rows = np.empty((len(requests), self.values), np.float32)
        exits = np.empty(len(requests), np.int32)
        for place, request in enumerate(requests):
            rows[place] = request[:-1]
            exits[place] = request[-1]
        answers = np.empty((len(requests), 2), np.int32)
        answers[:, 0] = self.classes(rows, exits)
        answers[:, 1] = len(requests)
        return answers


class FullDepth(Model):
    def __init__(self, chain, shape):
        self.values = shape["values"]
        self.session = session(chain)

    def classes(self, rows, exits):
        return self.session.run(None, {"x": rows})[0].argmax(1)


class WithExits(Model):
    def __init__(self, shape):
        self.values = shape["values"]
        model = Path(shape["model"])
        self.blocks = [session(model / file) for file in shape["blocks"]]
        self.heads = [session(model / file) for file in shape["exits"]]

    def classes(self, rows, exits):
        # Deepest first: who goes on is a slice in front.
        order = np.argsort(-exits, kind="stable")
        rows, exits = rows[order], exits[order]
        classes = np.empty(len(rows), np.int32)
        for number, (block, head) in enumerate(zip(self.blocks, self.heads), 1):
            rows = block.run(None, {"x": rows})[0]
            going = int(np.count_nonzero(exits > number)) if number < len(self.blocks) else 0
            if going < len(rows):
                classes[order[going : len(rows)]] = head.run(None, {"x": rows[going:]})[0].argmax(1)
                rows = rows[:going]
            if not going:
                break
        return classes
