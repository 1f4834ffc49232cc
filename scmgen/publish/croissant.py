"""Croissant metadata (MLCommons Croissant 1.0 and its RAI extension 1.0): shards with sums, one record set a member.

A Croissant record set joins files of one archive by name, so each member of a sample is a record
set of its own and ``key`` (the file name up to its first dot) joins them. Labels are one text a sample:
mlcroissant 1.1 finds no ``jsonPath`` in files of an archive.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scmgen.dataset.identity import Origin
from scmgen.dataset.members import FACTUAL, LABEL, Member
from scmgen.scene.domain import Categorical
from scmgen.storage.entries import FactorEntry, FileEntry, ShardEntry
from scmgen.storage.manifest import Manifest

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_ENCODINGS = {"png": ("image/png", "sc:ImageObject"), "json": ("application/json", "sc:Text")}
_SHOWN = {  # kind of member, whether it is of the factual world
    ("image", True): "the factual image",
    ("image", False): "its counterfactual: the same noise, under the do",
    ("mask", True): "segmentation of the factual image; manifest.json names the values",
    ("mask", False): "segmentation of the counterfactual",
    (
        "depth",
        True,
    ): "how far away what is seen is: ten-thousandths of a length in 24 bits, red the highest; 0 is nothing",
    ("depth", False): "the same of the counterfactual",
    ("normals", True): "the way it faces: 128 + 127 times x, y and z in red, green and blue; 0 is nothing",
    ("normals", False): "the same of the counterfactual",
    ("effect", False): "255 where the do changed the image",
}

_GENERATED = {
    "rai:dataCollection": "Synthetic: sampled from structural equations and drawn by scmgen.",
    "rai:dataCollectionType": "Software Collection",
    "rai:dataCollectionMissingData": "None is missing.",
    "rai:dataCollectionRawData": "None: every sample is computed from the equations and the drawing in manifest.json.",
    "rai:dataPreprocessingProtocol": "None: images and labels are what the equations and the drawing give.",
    "rai:dataAnnotationProtocol": "Labels are the values of the variables that the images were drawn from.",
    "rai:annotationsPerItem": "1, exact",
    "rai:annotatorDemographics": "None: no person annotated anything.",
    "rai:machineAnnotationTools": "scmgen",
    "rai:personalSensitiveInformation": "None: no person or place is depicted.",
    "rai:dataUseCases": "Causal representation learning, causal discovery, counterfactual image generation.",
    "rai:dataLimitations": "Drawn scenes; results on them need not carry over to photographs.",
    "rai:dataBiases": "The distribution is exactly the one that the equations in manifest.json state.",
    "rai:dataSocialImpact": "None is expected: the scenes depict nobody.",
    "rai:dataReleaseMaintenancePlan": "A changed sample raises the version; manifest.json recomputes the data.",
}
_UNKNOWN = "Unknown here; see the source of the images."
_IMPORTED = {
    "rai:dataCollection": "Existing images and a table of labels, packed by scmgen; how they arose: see their source.",
    "rai:dataCollectionType": "Existing datasets",
    "rai:dataCollectionMissingData": "Samples without a label or with an unreadable image are refused, not imputed.",
    "rai:dataCollectionRawData": "The images and the table that were imported, which are not part of this data set.",
    "rai:dataAnnotationProtocol": _UNKNOWN,
    "rai:annotationsPerItem": _UNKNOWN,
    "rai:annotatorDemographics": _UNKNOWN,
    "rai:personalSensitiveInformation": f"{_UNKNOWN} If people are shown or described, assume that there is.",
    "rai:dataUseCases": "Representation learning and conditional image generation, as far as the source allows.",
    "rai:dataLimitations": "Observations only, without counterfactuals or noise; a graph is somebody's claim.",
    "rai:dataBiases": _UNKNOWN,
    "rai:dataSocialImpact": _UNKNOWN,
    "rai:dataReleaseMaintenancePlan": _UNKNOWN,
    "rai:dataPreprocessingProtocol": "Images are 8-bit RGB of {frame} pixels, re-encoded as PNG.",
}
_SAID: Mapping[Origin, tuple[str, Mapping[str, str]]] = {  # how to cite what names no source, and what RAI asks
    "generated": ("scmgen data set {name}, spec {spec}", _GENERATED),
    "imported": ("{name}, imported by scmgen", _IMPORTED),
}


def describe(manifest: Manifest) -> dict[str, Any]:
    """Write the ``croissant.json`` of a data set, generated or imported, from its manifest."""
    name, frame = manifest.name, manifest.frame
    shards = [_archive(shard) for shard in manifest.shards]
    beside = [_archive(shard.truth, "application/jsonlines") for shard in manifest.shards if shard.truth]
    contained = [{"@id": shard["@id"]} for shard in shards]
    members = [Member.of(suffix) for suffix in manifest.members]
    cited, said = _SAID[manifest.origin]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": name,
        "description": manifest.description or f"The causal image data set {name}.",
        "license": manifest.license or "unknown",
        "version": f"{manifest.version}.0.0",
        "citeAs": manifest.citation or cited.format(name=name, spec=manifest.spec_hash),
        "url": "manifest.json",
        "datePublished": "1970-01-01",  # its bytes carry no time
        **{key: text.format(frame=frame) for key, text in said.items()},
        "distribution": [
            *shards,
            *beside,
            *(_files(member, contained) for member in members),
        ],
        "recordSet": [_records(member, _described(manifest, member)) for member in members],
    }


def _archive(file: ShardEntry | FileEntry, encoding: str = "application/x-tar") -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.name,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": encoding,
        "sha256": file.sha256,
    }


def _files(member: Member, contained: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{member.name}-files",
        "containedIn": contained,
        "encodingFormat": _ENCODINGS[member.ending][0],
        "includes": f"*{member.suffix}",
    }


def _records(member: Member, description: str) -> dict[str, Any]:
    field = member.name
    source = {"fileSet": {"@id": f"{field}-files"}}
    key = {**source, "extract": {"fileProperty": "filename"}, "transform": {"regex": r"^([^.]*)\..*$"}}
    return {
        "@type": "cr:RecordSet",
        "@id": field,
        "description": description,
        "field": [
            {"@type": "cr:Field", "@id": f"{field}/key", "dataType": "sc:Text", "source": key},
            {
                "@type": "cr:Field",
                "@id": f"{field}/content",
                "dataType": _ENCODINGS[member.ending][1],
                "source": {**source, "extract": {"fileProperty": "content"}},
            },
        ],
    }


def _described(manifest: Manifest, member: Member) -> str:
    """What a member of a sample is, in words."""
    if member != LABEL:
        return _SHOWN[member.kind, member.world == FACTUAL]
    factors = (_factor(name, factor) for name, factor in manifest.factors.items())
    return f"JSON; its `factors` are {'; '.join(factors)}"


def _factor(name: str, factor: FactorEntry) -> str:
    unit = "" if factor.unit == "1" else f" in {factor.unit}"
    index = isinstance(factor.domain, Categorical)
    domain = f"index of {factor.domain}" if index else f"{factor.domain}{unit}"
    return f"{name} ({domain})" if factor.long_name in ("", name) else f"{name}: {factor.long_name} ({domain})"
