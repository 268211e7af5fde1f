"""Mini-batches from data that fit in memory."""

import torch
from torch.utils.data import TensorDataset

from common.progress import progress


class InMemDataLoader:
    """Mini-batches of tensors kept in memory: a batch is one indexing operation, not a walk over examples.

        loader = InMemDataLoader((X, Y), batch_size=128, shuffle=True).to(device)
        for x, y in loader: ...

    Args:
        dataset: tensors with a common first dimension N (in a tuple, list or TensorDataset); or a torchvision data
            set with `.data` and `.targets` and no transform, used as they are; or any other data set of tuples of
            tensors and numbers, which is walked once, now, its transforms applied once.
        batch_size: int; the last batch is smaller when N is no multiple of it.
        shuffle: a new random order in each epoch.
        drop_last: leave out that smaller batch.
        augment: function from a batch of the first tensor to one of the same size, applied anew in every epoch.
        generator: torch.Generator (CPU) for the order; PyTorch's global one by default.
    """

    def __init__(self, dataset, batch_size=1, shuffle=False, drop_last=False, augment=None, generator=None):
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        self.dataset = TensorDataset(*tensors_of(dataset))
        self.batch_size, self.shuffle, self.drop_last = batch_size, shuffle, drop_last
        self.augment, self.generator = augment, generator

    def __len__(self):
        """Number of batches in an epoch."""
        rounding = 0 if self.drop_last else self.batch_size - 1
        return (len(self.dataset) + rounding) // self.batch_size

    def __iter__(self):
        tensors = self.dataset.tensors
        if self.shuffle:
            order = torch.randperm(len(self.dataset), generator=self.generator).to(tensors[0].device)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            rows = slice(start, start + self.batch_size)
            first, *others = (tensor[order[rows]] if self.shuffle else tensor[rows] for tensor in tensors)
            yield (first if self.augment is None else self.augment(first), *others)

    def to(self, device):
        """Move the data to a device, so that no batch has to be copied; returns the loader itself."""
        self.dataset.tensors = tuple(tensor.to(device) for tensor in self.dataset.tensors)
        return self


def tensors_of(dataset):
    """A data set as a tuple of tensors whose first dimension counts the examples (see InMemDataLoader)."""
    if isinstance(dataset, TensorDataset):
        return dataset.tensors
    if isinstance(dataset, (tuple, list)) and all(isinstance(part, torch.Tensor) for part in dataset):
        return tuple(dataset)
    if hasattr(dataset, "data") and hasattr(dataset, "targets") and getattr(dataset, "transforms", None) is None:
        return torch.as_tensor(dataset.data), torch.as_tensor(dataset.targets)
    examples = [dataset[index] for index in progress(range(len(dataset)), desc="reading the data set")]
    return tuple(torch.stack([torch.as_tensor(part) for part in parts]) for parts in zip(*examples, strict=True))
