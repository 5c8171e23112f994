"""Writes what all servers need of a model into a folder: its blocks and deepest exit as one file, and features.

    prepare.py MODEL FOLDER [SAMPLES]

chain.onnx: all blocks and the last exit as one graph, what a user would serve. features.f32: the stem's output of the first
held-out images. labels.u8: their classes. shape.json: sizes. The blocks and exits one by one are taken from MODEL itself."""

import json
import os
import sys
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnx
import onnxruntime
from onnx import compose


def main():
    model, folder = Path(sys.argv[1]), Path(sys.argv[2])
    samples = int(sys.argv[3]) if len(sys.argv) > 3 else 256
    manifest = json.loads((model / "manifest.json").read_text())
    onnx.save(chain(model, manifest), folder / "chain.onnx")
    images = np.fromfile(model / "heldout.images.u8", np.uint8).reshape(-1, manifest["stem"]["input_values"])[:samples]
    features(model, manifest, images).tofile(folder / "features.f32")
    np.fromfile(model / "heldout.labels.u8", np.uint8)[:samples].tofile(folder / "labels.u8")
    shape = {"values": manifest["stem"]["output_values"], "samples": len(images), "model": str(model.resolve()),
             "blocks": [block["file"] for block in manifest["blocks"]], "exits": [head["file"] for head in manifest["exits"]]}
    (folder / "shape.json").write_text(json.dumps(shape))


def chain(model, manifest):
    parts = [part["file"] for part in manifest["blocks"]] + [manifest["exits"][-1]["file"]]
    graphs = [compose.add_prefix(onnx.load(model / file), f"{place}_") for place, file in enumerate(parts)]
    whole = graphs[0]
    for graph in graphs[1:]:
        whole = compose.merge_models(whole, graph, io_map=[(whole.graph.output[0].name, graph.graph.input[0].name)])
    rename(whole.graph, whole.graph.input[0].name, "x")
    rename(whole.graph, whole.graph.output[0].name, "logits")
    for tensor in (whole.graph.input[0], whole.graph.output[0]):
        tensor.type.tensor_type.shape.dim[0].dim_param = "batch"
    onnx.checker.check_model(whole, full_check=True)
    return whole


def rename(graph, old, new):
    for node in graph.node:
        node.input[:] = [new if name == old else name for name in node.input]
        node.output[:] = [new if name == old else name for name in node.output]
    for tensor in (*graph.input, *graph.output):
        tensor.name = new if tensor.name == old else tensor.name


def features(model, manifest, images):
    session = onnxruntime.InferenceSession(model / manifest["stem"]["file"], providers=["CPUExecutionProvider"])
    shape = [len(images), *manifest["input"]["shape"]]
    wanted = session.get_inputs()[0]
    values = images.astype(np.float32) * np.float32(manifest["input"]["scale"])
    shape = shape if len(wanted.shape) == len(shape) else [len(images), images.shape[1]]
    found = session.run(None, {wanted.name: values.reshape(shape)})[0]
    return found.reshape(len(images), -1).astype(np.float32)


main()
