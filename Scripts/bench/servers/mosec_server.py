"""The model behind mosec: mosec's own options follow on the command line. SERVING_FOLDER and SERVING_EXITS name the model,
SERVING_BATCH the largest batch."""

import os
import sys

import numpy as np
from mosec import Server, Worker

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import model


class Digits(Worker):
    def __init__(self):
        super().__init__()
        self.model = model.load(os.environ["SERVING_FOLDER"], os.environ["SERVING_EXITS"] == "1")

    def deserialize(self, data):
        return np.frombuffer(data, np.float32)

    def forward(self, data):
        return [answer.tobytes() for answer in self.model.answers(data)]

    def serialize(self, data):
        return data


if __name__ == "__main__":
    server = Server()
    # Its batcher waits 1 ms at least.
    server.append_worker(Digits, num=1, max_batch_size=int(os.environ["SERVING_BATCH"]), max_wait_time=1)
    server.run()
