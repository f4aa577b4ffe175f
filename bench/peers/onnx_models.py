"""One measurement in ONNX Runtime: the median time of a run, in milliseconds, on standard output.

usage: onnx_models.py MODEL reconstruct BATCH THREADS SECONDS
       onnx_models.py --version
"""
import sys
import time

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

if sys.argv[1:] == ["--version"]:
    print(f"ONNX Runtime {onnxruntime.__version__}")
    sys.exit()
model_name, batch, threads, seconds = sys.argv[1], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
random = np.random.default_rng(1)
nodes, weights = [], []
last = "x"


def constant(name, value):
    weights.append(numpy_helper.from_array(value.astype(np.float32) if value.dtype == np.float64 else value, name))
    return name


def add(op, inputs=(), **attributes):
    global last
    name = f"t{len(nodes)}"
    nodes.append(helper.make_node(op, [last, *inputs], [name], **attributes))
    last = name


def layer(name, shape):
    limit = np.sqrt(3.0 / np.prod(shape[1:]))
    return constant(name + ".w", random.uniform(-limit, limit, shape)), constant(name + ".b", np.zeros(shape[0]))


if model_name == "dense":
    shape = [batch, 784]
    sizes = [784, 512, 128, 10, 128, 512, 784]
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        add("Gemm", layer(f"l{i}", [b, a]), transB=1)
        if i == 5:
            add("Sigmoid")
        elif i != 2:
            add("Elu")
else:
    shape = [batch, 1, 28, 28]
    scales = constant("scales", np.array([1, 1, 2, 2], np.float32))
    for i, (a, b, then) in enumerate([(1, 32, "pool"), (32, 64, "pool"), (64, 128, ""), (128, 128, "up"), (128, 64, "up"),
                                      (64, 1, "end")]):
        add("Conv", layer(f"l{i}", [b, a, 3, 3]), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        add("Sigmoid" if then == "end" else "Relu")
        if then == "pool":
            add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
        if then == "up":
            add("Resize", ["", scales], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
graph = helper.make_graph(nodes, model_name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                          [helper.make_tensor_value_info(last, TensorProto.FLOAT, None)], weights)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
data = {"x": random.random(shape, np.float32)}
times = []
warm = time.perf_counter()
while time.perf_counter() - warm < min(0.5, seconds):
    session.run(None, data)
start = time.perf_counter()
while time.perf_counter() - start < seconds:
    begin = time.perf_counter()
    session.run(None, data)
    times.append(time.perf_counter() - begin)
print(sorted(times)[len(times) // 2] * 1e3)
