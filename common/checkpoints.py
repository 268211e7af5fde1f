"""Checkpoints: what a training cell leaves behind, handed in with the notebook and loaded when it is graded.

The format is safetensors: named arrays and nothing that could run.
"""

import os
from pathlib import Path

MAX_MEGABYTES = 32  # of one checkpoint
MAX_CHECKPOINTS = 10  # read of one submission


def checkpoint_path(name):
    """Where the checkpoint `name` lies: `checkpoints/` beside the notebook, or the folder the grader gives."""
    return Path(os.environ.get("COURSE_CHECKPOINTS", "checkpoints"), f"{name}.safetensors")


def save_checkpoint(model, name):
    """Write the parameters and buffers of `model` (an nn.Module); returns the path.

    Raises ValueError when they take more than 32 MB: what is handed in has to stay small.
    """
    from safetensors.torch import save_file

    state = {key: value.detach().cpu().contiguous().clone() for key, value in model.state_dict().items()}
    megabytes = sum(value.nbytes for value in state.values()) / 2**20
    if megabytes > MAX_MEGABYTES:
        raise ValueError(f"checkpoint {name!r} would take {megabytes:.0f} MB, the limit is {MAX_MEGABYTES}")
    path = checkpoint_path(name)
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}")
    save_file(state, temporary)
    os.replace(temporary, path)
    return path


def load_checkpoint(model, name):
    """Fill `model` (an nn.Module) from the checkpoint `name`, set it to evaluation, and return it.

    Raises FileNotFoundError when there is none, ValueError when it is broken or does not fit the model.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = checkpoint_path(name)
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint {path.name}: run its training cell to the end")
    try:
        model.load_state_dict(load_file(path))
    except SafetensorError as error:
        raise ValueError(f"checkpoint {path.name} is broken: {error}") from error
    except RuntimeError as error:  # a line for each parameter that does not fit: the first says enough
        first = str(error).splitlines()[1:2] or [str(error)]
        raise ValueError(f"checkpoint {path.name} does not fit the model: {first[0].strip()}") from error
    return model.eval()


def restoring(name):
    """The code that runs in place of the training cell `name` when a notebook is checked or graded."""
    model = name.replace("-", "_")
    return f"from common.checkpoints import load_checkpoint\n{model} = load_checkpoint(make_{model}(), {name!r})"
