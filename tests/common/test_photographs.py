"""pytest tests/common/test_photographs.py"""

import io
import tarfile
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from common import photographs
from common.derived import food_groups, food_photographs
from common.pictures import as_picture, show_images, show_map
from common.sources import _platform_of, read_member


def jpeg(grey, size=(30, 17)):
    buffer = io.BytesIO()
    Image.new("RGB", size, (grey, grey, 255 - grey)).save(buffer, "JPEG")
    return buffer.getvalue()


def archive(pictures):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in pictures.items():
            info = tarfile.TarInfo(f"package/assets/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


PICTURES = {"A001.jpeg": jpeg(10), "B002.jpeg": jpeg(20), "B003.jpeg": jpeg(20), "E001.jpeg": jpeg(30),
            "M001.jpeg": jpeg(40), "P001.jpeg": jpeg(50), "README.md": b"words"}


def test_foods_are_numbered_in_an_order_that_does_not_tell_their_group_and_no_picture_comes_twice():
    given = archive(PICTURES)
    groups = dict(line.split("\t") for line in food_groups(given).decode().splitlines())
    with zipfile.ZipFile(io.BytesIO(food_photographs(given))) as found:
        pictures = {name.removesuffix(".jpeg"): found.read(name) for name in found.namelist()}
    assert sorted(pictures) == sorted(groups) == ["000", "001", "002", "003"]
    expected = {jpeg(10): "0", jpeg(20): "0", jpeg(30): "3", jpeg(50): "7"}
    assert {pictures[number]: group for number, group in groups.items()} == expected
    reordered = archive(dict(reversed(PICTURES.items())))
    assert food_photographs(reordered) == food_photographs(given) and food_groups(reordered) == food_groups(given)


def test_foods_are_split_into_train_and_test(tmp_path, monkeypatch):
    given = archive(PICTURES)
    (tmp_path / "photographs.zip").write_bytes(food_photographs(given))
    (tmp_path / "groups.tsv").write_bytes(food_groups(given))
    monkeypatch.setattr(photographs, "fetch", lambda name: tmp_path)
    monkeypatch.setattr(photographs, "NUM_TRAIN_FOODS", 3)
    (X, Y), (X_test, Y_test) = photographs.load_foods(size=8)
    assert X.shape == (3, 3, 8, 8) and X_test.shape == (1, 3, 8, 8) and X.dtype == torch.float32
    assert sorted([*Y.tolist(), *Y_test.tolist()]) == [0, 0, 3, 7]
    for image, group in zip([*X, *X_test], [*Y.tolist(), *Y_test.tolist()]):
        greys = {0: (10, 20), 3: (30,), 7: (50,)}[group]
        assert any(abs(255 * image[0].mean() - grey) < 4 for grey in greys), "a picture has another one's group"


def test_a_photograph_is_cut_to_its_middle():
    photograph = np.zeros((20, 40, 3), dtype=np.uint8)
    photograph[:, 10:30] = 255
    x = photographs.fit(photograph, 10)
    assert x.shape == (3, 10, 10)
    assert x[:, :, 1:-1].min() > 0.99, "the white middle fills the square"
    assert photographs.fit(photograph, 25).shape == (3, 25, 25), "small photographs are enlarged"


def test_a_file_of_ones_own_is_read_in_colour_and_upright(tmp_path):
    path = tmp_path / "mine.png"
    Image.new("L", (6, 4), 100).save(path)
    assert photographs.load_photograph(path).shape == (4, 6, 3)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    Image.new("RGB", (6, 4)).save(tmp_path / "turned.jpg", exif=exif)
    assert photographs.load_photograph(tmp_path / "turned.jpg").shape == (6, 4, 3)


def test_an_unknown_photograph_is_refused_with_the_names_that_there_are():
    with pytest.raises(FileNotFoundError, match="'dog' is no file, and no photograph of camera, chelsea"):
        photographs.load_photograph("dog")


def test_a_member_named_by_a_dot_is_the_archive_itself(tmp_path):
    path = tmp_path / "a.tgz"
    path.write_bytes(archive(PICTURES))
    assert read_member(path, ".") == path.read_bytes()


def test_a_wheel_for_one_platform_is_asked_for_by_its_platform():
    assert _platform_of("a-1-py3-none-any.whl") == _platform_of("a-1.tar.gz") == []
    assert _platform_of("scikit_image-0.26.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl") == [
        "--implementation", "cp", "--python-version", "3.11", "--abi", "cp311",
        "--platform", "manylinux_2_24_x86_64", "--platform", "manylinux_2_28_x86_64"]


@pytest.mark.parametrize("shape", [(3, 4, 5), (1, 3, 4, 5), (4, 5, 3), (1, 4, 5), (4, 5)])
def test_images_of_every_form_become_pictures(shape):
    picture = as_picture(torch.rand(shape) * 2 - 0.5)
    assert picture.shape == ((4, 5, 3) if 3 in shape else (4, 5))
    assert picture.min() >= 0 and picture.max() <= 1


def test_a_grid_of_images_and_a_map_over_an_image_have_titles_and_a_colour_bar():
    fig = show_images([torch.rand(3, 8, 8)] * 3, ["a", "b", "c"], columns=2)
    assert [ax.get_title() for ax in fig.axes] == ["a", "b", "c", ""]
    ax = show_map(torch.tensor([[-1.0, 3.0]]), "m", symmetric=True, over=torch.rand(3, 8, 8), margin=2)
    assert ax.images[1].get_clim() == (-3.0, 3.0) and ax.images[1].get_extent() == [1.5, 5.5, 5.5, 1.5]
    assert len(ax.figure.axes) == 2, "beside the map stands its colour bar"
