"""Makes `import torchvision` work where torchvision was built for CUDA and PyTorch was not.

There torchvision's compiled library cannot be loaded, and its Python code then fails on operators that the library
would have declared: "operator torchvision::nms does not exist". We declare what is missing, at the only moment
when it is known: after torchvision has tried to load its library, before it needs the operators. Where the
library loads, nothing is done. Images, transforms, data sets and models work; a call of `nms` itself still says
that the library is missing.

The environment installs this file as course_torchvision_ops.py, with a .pth file that imports it whenever Python
starts, so every notebook and program has it. It must therefore cost nothing: it imports sys and no more.
"""

import sys

FIRST_TO_NEED_THEM = ("torchvision._autograd_registrations", "torchvision._meta_registrations")
SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


class DeclareMissingOperators:
    """An import hook (sys.meta_path) that finds nothing: it only waits for the moment to act, once."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in FIRST_TO_NEED_THEM:
            sys.meta_path.remove(DeclareMissingOperators)
            import torch

            for operator in ("nms", "qnms"):
                if not hasattr(torch.ops.torchvision, operator):
                    torch.library.define(f"torchvision::{operator}", SCHEMA)
        return None


sys.meta_path.insert(0, DeclareMissingOperators)
