"""pytest tests/common/test_loaders.py"""

import pytest
import torch
from torch.utils.data import Dataset, TensorDataset

from common.loaders import InMemDataLoader

X, Y = torch.arange(20.0).reshape(10, 2), torch.arange(10)


class Images:
    """Looks like torchvision's MNIST."""

    def __init__(self, transforms=None):
        self.data, self.targets, self.transforms = X, Y.tolist(), transforms

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        assert self.transforms, "walked, although the tensors are there"
        return self.transforms(self.data[index]), self.targets[index]


class Walked(Dataset):
    def __init__(self):
        self.visits = []

    def __len__(self):
        return 10

    def __getitem__(self, index):
        self.visits.append(index)
        return X[index], int(Y[index])


class Unwalkable(TensorDataset):
    def __getitem__(self, index):
        assert not isinstance(index, int), "walked example by example"
        return super().__getitem__(index)


@pytest.mark.parametrize("dataset", [(X, Y), [X, Y], Unwalkable(X, Y), Images(), Walked()],
                         ids=["tuple", "list", "TensorDataset", "torchvision", "any"])
def test_every_kind_of_data_set_gives_the_same_batches(dataset):
    batches = list(InMemDataLoader(dataset, batch_size=4))
    assert [len(x) for x, _ in batches] == [4, 4, 2]
    assert torch.equal(torch.cat([x for x, _ in batches]), X)
    labels = torch.cat([y for _, y in batches])
    assert labels.dtype == torch.int64 and torch.equal(labels, Y)


def test_a_transform_is_applied_and_a_data_set_is_walked_once():
    loader = InMemDataLoader(Images(transforms=lambda x: 2 * x), batch_size=10)
    assert torch.equal(next(iter(loader))[0], 2 * X)
    dataset = Walked()
    loader = InMemDataLoader(dataset, batch_size=5)
    assert len(list(loader)) == len(list(loader)) == 2
    assert dataset.visits == list(range(10))


@pytest.mark.parametrize("batch_size, drop_last, expected", [
    (4, False, [4, 4, 2]), (4, True, [4, 4]), (5, True, [5, 5]), (20, False, [10]), (20, True, [])])
def test_the_length_is_the_number_of_batches(batch_size, drop_last, expected):
    loader = InMemDataLoader((X, Y), batch_size, drop_last=drop_last)
    assert [len(y) for _, y in loader] == expected and len(loader) == len(expected)


def test_shuffling_keeps_pairs_together_and_changes_with_each_epoch():
    loader = InMemDataLoader((X, Y), batch_size=3, shuffle=True, generator=torch.Generator().manual_seed(0))
    epochs = [list(loader) for _ in range(2)]
    for epoch in epochs:
        assert all(torch.equal(x, X[y]) for x, y in epoch)
        assert sorted(torch.cat([y for _, y in epoch]).tolist()) == Y.tolist()
    first, second = ([y.tolist() for _, y in epoch] for epoch in epochs)
    assert first != second
    again = InMemDataLoader((X, Y), batch_size=3, shuffle=True, generator=torch.Generator().manual_seed(0))
    assert [y.tolist() for _, y in again] == first


def test_augmentation_is_new_in_every_epoch_and_leaves_the_data_alone():
    calls = []
    loader = InMemDataLoader((X, Y), batch_size=5, augment=lambda x: calls.append(len(x)) or x + len(calls))
    first, second = (torch.cat([x for x, _ in loader]) for _ in range(2))
    assert calls == [5] * 4 and not torch.equal(first, second)
    assert torch.equal(loader.dataset.tensors[0], torch.arange(20.0).reshape(10, 2))


def test_to_returns_the_loader_with_its_data_moved():
    loader = InMemDataLoader((X, Y), batch_size=5, shuffle=True)
    assert loader.to("meta") is loader
    assert all(tensor.device.type == "meta" for tensor in loader.dataset.tensors)


def test_a_batch_size_below_one_is_refused():
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        InMemDataLoader((X, Y), batch_size=0)
