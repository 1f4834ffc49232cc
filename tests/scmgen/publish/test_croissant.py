"""Croissant: the reference implementation accepts the metadata and reads the data set through it, without network."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from libraries import need

MEMBERS = ["image.png", "image_cf.png", "mask.png", "mask_cf.png", "label.json"]

RESPONSIBLE = {
    *("dataCollection", "dataCollectionType", "dataCollectionMissingData", "dataCollectionRawData"),
    *("dataPreprocessingProtocol", "dataAnnotationProtocol", "annotationsPerItem", "annotatorDemographics"),
    *("machineAnnotationTools", "personalSensitiveInformation", "dataUseCases", "dataLimitations", "dataBiases"),
    *("dataSocialImpact", "dataReleaseMaintenancePlan"),
}

READER = """
import base64, io, json, logging, sys, warnings
warnings.simplefilter("ignore")  # of mlcroissant's own dependencies

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise OSError(f"no network here: {arguments}")

sys.addaudithook(refuse)
import mlcroissant
import numpy as np

dataset = mlcroissant.Dataset(jsonld=sys.argv[1])
issues = dataset.metadata.ctx.issues
told = dataset.metadata
heard = [told.data_social_impact, told.data_release_maintenance_plan, *told.data_annotation_protocol, str(told.version)]
found = {"errors": sorted(issues.errors), "warnings": sorted(issues.warnings), "heard": heard, "records": {}}
for records in dataset.metadata.record_sets if len(sys.argv) == 2 else []:
    rows = found["records"][records.uuid] = {}
    for row in dataset.records(record_set=records.uuid):
        content = row[f"{records.uuid}/content"]
        if records.uuid != "label":
            content = np.asarray(content).tobytes()
        rows[row[f"{records.uuid}/key"].decode()] = base64.b64encode(content).decode()
json.dump(found, sys.stdout)
"""


def read(out: Path, cache: Path, *only: str) -> subprocess.CompletedProcess[str]:
    need("mlcroissant")
    settings = {**os.environ, "CROISSANT_CACHE": str(cache)}
    command = [sys.executable, "-c", READER, str(out / "croissant.json"), *only]
    return subprocess.run(command, env=settings, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def found(small: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give errors, warnings and records that mlcroissant finds."""
    done = read(small, tmp_path_factory.mktemp("croissant"))
    assert (done.returncode, done.stderr) == (0, "")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def described(out: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((out / "croissant.json").read_text())
    return data


def member(out: Path, ending: str) -> dict[str, bytes]:
    """Give key -> bytes of one member of every sample, by tarfile; the pixels of an image."""
    from PIL import Image

    table = {}
    for path in out.glob("*.tar"):
        with tarfile.open(path) as archive:
            for info in archive:
                name, _, found = info.name.partition(".")
                if found == ending:
                    content = archive.extractfile(info).read()  # type: ignore[union-attr]
                    table[name] = Image.open(io.BytesIO(content)).tobytes() if ending.endswith("png") else content
    return table


def test_the_metadata_has_no_error_and_no_warning(found: dict[str, Any]) -> None:
    assert (found["errors"], found["warnings"]) == ([], [])
    assert list(found["records"]) == ["image", "image_cf", "mask", "mask_cf", "label"]


def test_files_beside_the_shards_are_described_too(weak: Path, tmp_path: Path) -> None:
    done = read(weak, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["errors"], told["warnings"]) == ([], [])
    files = {entry["name"]: entry for entry in described(weak)["distribution"] if entry["@type"] == "cr:FileObject"}
    apart = [name for name in files if name.endswith(".truth.jsonl")]
    assert sorted(apart) == sorted(path.name for path in weak.glob("*.truth.jsonl"))
    assert {files[name]["encodingFormat"] for name in apart} == {"application/jsonlines"}


@pytest.mark.parametrize("ending", MEMBERS)
def test_records_are_what_tarfile_reads(small: Path, found: dict[str, Any], ending: str) -> None:
    records = {name: base64.b64decode(content) for name, content in found["records"][ending.partition(".")[0]].items()}
    assert records == member(small, ending)
    assert len(records) == 300


def test_a_changed_shard_is_refused(small: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(small, tmp_path / "data"))
    shard = data / "pendulum-train-000000.tar"
    content = bytearray(shard.read_bytes())
    content[700] ^= 1
    shard.write_bytes(content)
    done = read(data, tmp_path / "cache")
    assert done.returncode == 1
    assert re.search(r"Hash of downloaded file .*pendulum-train-000000\.tar is not identical", done.stderr)


def test_no_member_is_in_two_file_sets(small: Path) -> None:
    """A glob that is a suffix of another's names would mix factual and counterfactual images."""
    sets = [entry["includes"] for entry in described(small)["distribution"] if entry["@type"] == "cr:FileSet"]
    assert sets == [f"*.{ending}" for ending in MEMBERS]
    for ending in MEMBERS:
        assert sum(Path(f"train-000000000.{ending}").match(pattern) for pattern in sets) == 1


def test_sums_and_sizes_are_those_of_the_manifest(small: Path) -> None:
    shards = json.loads((small / "manifest.json").read_text())["shards"]
    files = [entry for entry in described(small)["distribution"] if entry["@type"] == "cr:FileObject"]
    assert [(file["name"], file["contentUrl"], file["sha256"], file["contentSize"]) for file in files] == [
        (shard["name"], shard["name"], shard["sha256"], f"{shard['bytes']} B") for shard in shards
    ]


def test_the_fields_of_responsible_ai_are_there(small: Path) -> None:
    data = described(small)
    assert data["conformsTo"] == ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"]
    assert {name.removeprefix("rai:") for name in data if name.startswith("rai:")} == RESPONSIBLE
    assert all(data[f"rai:{name}"] for name in RESPONSIBLE)
    assert (data["name"], data["license"], data["version"]) == ("pendulum", "CC0-1.0", "1.0.0")


def test_mlcroissant_knows_the_fields_of_responsible_ai(small: Path, found: dict[str, Any]) -> None:
    data = described(small)
    names = ("dataSocialImpact", "dataReleaseMaintenancePlan", "dataAnnotationProtocol")
    assert found["heard"] == [*(data[f"rai:{name}"] for name in names), "1.0.0"]


def test_members_and_factors_are_described(small: Path, weak: Path) -> None:
    told = {records["@id"]: records["description"] for records in described(small)["recordSet"]}
    assert told["image_cf"] == "its counterfactual: the same noise, under the do"
    assert "light_angle: angle of the light from the floor (1.15 to 2 in rad)" in told["label"]
    assert all(records["description"] for records in described(weak)["recordSet"])


# An imported set


def test_an_imported_set_is_described_and_read(foreign: Path, tmp_path: Path) -> None:
    done = read(foreign, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert (told["errors"], told["warnings"]) == ([], [])
    for field, ending in (("image", "image.png"), ("label", "label.json")):
        records = {name: base64.b64decode(content) for name, content in told["records"][field].items()}
        assert records == member(foreign, ending) and len(records) == 20


def test_what_is_not_known_of_an_imported_set_is_not_made_up(foreign: Path) -> None:
    data = described(foreign)
    unknown = "Unknown here; see the source of the images."
    assert data["rai:dataBiases"] == data["rai:annotatorDemographics"] == data["rai:dataSocialImpact"] == unknown
    assert "rai:machineAnnotationTools" not in data
    assert (data["version"], data["license"]) == ("1.0.0", "unknown")
    assert data["rai:dataPreprocessingProtocol"] == "Images are 8-bit RGB of 16 x 16 pixels, re-encoded as PNG."
