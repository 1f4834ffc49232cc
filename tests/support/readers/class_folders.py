"""What torchvision's ``ImageFolder`` reads, by its documented rule; torchvision itself is not needed for the tests."""

from __future__ import annotations

from pathlib import Path

_ENDINGS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")  # its IMG_EXTENSIONS


def class_folders(root: Path) -> dict[str, list[str]]:
    """Every folder of ``root`` is a class, and its images are those anywhere below: class -> their names.

    Like ``ImageFolder`` it refuses a root without a folder, and a class without an image.
    """
    classes = sorted(path for path in root.iterdir() if path.is_dir())
    if not classes:
        raise FileNotFoundError(f"Couldn't find any class folder in {root}.")
    found = {
        path.name: sorted(file.name for file in path.rglob("*") if file.suffix.lower() in _ENDINGS) for path in classes
    }
    empty = [name for name, names in found.items() if not names]
    if empty:
        raise FileNotFoundError(f"Found no valid file for the classes {', '.join(empty)}.")
    return found
