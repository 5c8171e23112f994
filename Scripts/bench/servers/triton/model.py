"""The model in Triton's python backend, whose interpreter ignores PYTHONPATH: SERVING_PACKAGES and SERVING_SCRIPTS say where
packages and model.py are, SERVING_FOLDER and SERVING_EXITS which model it is."""

import importlib.util
import os
import sys

sys.path.insert(0, os.environ["SERVING_PACKAGES"])

import triton_python_backend_utils as triton


class TritonPythonModel:
    def initialize(self, _):
        # By its path: this file is called model.py as well.
        place = importlib.util.spec_from_file_location("serving_model", os.path.join(os.environ["SERVING_SCRIPTS"], "model.py"))
        module = importlib.util.module_from_spec(place)
        place.loader.exec_module(module)
        self.model = module.load(os.environ["SERVING_FOLDER"], os.environ["SERVING_EXITS"] == "1")

    def execute(self, requests):
        features = [triton.get_input_tensor_by_name(request, "x").as_numpy()[0] for request in requests]
        answers = self.model.answers(features)
        return [triton.InferenceResponse([triton.Tensor("y", answers[place : place + 1])]) for place in range(len(requests))]
