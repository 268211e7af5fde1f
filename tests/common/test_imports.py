"""pytest tests/common/test_imports.py: each case is a fresh Python, since what is imported stays imported."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# A package that looks like torchvision: its extension declares nms itself, or not; then it is needed.
FAKE_TORCHVISION = {
    "__init__": "from . import extension\nfrom torchvision import _meta_registrations\n",
    "extension": "import torch\nDECLARE\n",
    "_meta_registrations": "import torch\nfor name in ['nms', 'qnms']:\n"
                           "    torch.library.register_fake('torchvision::' + name)(lambda dets, scores, t: dets)\n",
}
DECLARE = """
for name in ['nms', 'qnms']:
    torch.library.define('torchvision::' + name, '(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
"""


def run(code, path=ROOT):
    """Run code in a fresh Python, `path` first on its path; return the words that it prints."""
    result = subprocess.run([sys.executable, "-c", code], cwd=path, capture_output=True, text=True,
                            env={"PYTHONPATH": f"{path}:{ROOT}", "PATH": "", "OMP_NUM_THREADS": "1"})
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


@pytest.mark.parametrize("module", ["common", "common.data", "common.gradients", "common.plotting", "common.progress",
                                    "common.seeding"])
def test_modules_for_notebooks_without_torch_do_not_import_it(module):
    assert run(f"import sys, {module}; print('torch' in sys.modules)") == ["False"]


def test_the_hook_imports_nothing_when_python_starts():
    found = run("import sys; before = set(sys.modules)\n"
                "import common.torchvision_ops\nprint(*set(sys.modules) - before)")
    assert sorted(found) == ["common", "common.torchvision_ops"]


@pytest.mark.parametrize("declare", ["", DECLARE], ids=["library-does-not-load", "library-loads"])
def test_missing_operators_are_declared_and_others_left_alone(tmp_path, declare):
    (tmp_path / "torchvision").mkdir()
    for name, text in FAKE_TORCHVISION.items():
        (tmp_path / "torchvision" / f"{name}.py").write_text(text.replace("DECLARE", declare))
    assert run("import common.torchvision_ops, torchvision, torch; print(hasattr(torch.ops.torchvision, 'nms'))",
               path=tmp_path) == ["True"]


def test_torchvision_works_after_the_hook():
    found = run("import common.torchvision_ops\nimport torch, torchvision.ops, torchvision.datasets\n"
                "from torchvision.transforms import v2\n"
                "print(*v2.RandomRotation(10)(torch.rand(1, 28, 28)).shape)\n"
                "print(float(torchvision.ops.box_iou(torch.tensor([[0, 0, 2, 2.]]), torch.tensor([[0, 0, 2, 1.]]))))")
    assert found == ["1", "28", "28", "0.5"]
