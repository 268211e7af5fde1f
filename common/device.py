"""Where to compute."""

import torch


def best_device():
    """torch.device of the fastest kind there is: an NVIDIA or AMD GPU ("cuda"), Apple's ("mps"), else "cpu"."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")
