"""Croissant metadata (MLCommons Croissant 1.0): shards with sums, one record set a member.

A Croissant record set joins files of one archive by name, so each member of a sample is a record
set of its own and ``key`` (the file name up to its first dot) joins them.
"""

from __future__ import annotations

from typing import Any

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


def describe(manifest: dict[str, Any]) -> dict[str, Any]:
    """Write the ``croissant.json`` of a data set from its manifest."""
    name = manifest["name"]
    shards = [_archive(shard) for shard in manifest["shards"]]
    beside = [_archive(shard["truth"], "application/jsonlines") for shard in manifest["shards"] if "truth" in shard]
    contained = [{"@id": shard["@id"]} for shard in shards]
    fields = [member[1:].split(".") for member in manifest["members"]]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": name,
        "description": manifest["spec"]["scene"].get("description") or f"The causal image data set {name}.",
        "license": manifest["license"],
        "version": f"{manifest['spec']['scene'].get('version', 1)}.0.0",
        "citeAs": manifest["spec"]["scene"].get("citation") or f"scmgen data set {name}, spec {manifest['spec_hash']}",
        "url": "manifest.json",
        "datePublished": "1970-01-01",  # generated data: its bytes carry no time
        "rai:dataCollection": "Synthetic: sampled from structural equations and drawn by scmgen.",
        "rai:dataCollectionType": "Software Collection",
        "rai:personalSensitiveInformation": "None: no person or place is depicted.",
        "rai:dataUseCases": "Causal representation learning, causal discovery, counterfactual image generation.",
        "rai:dataLimitations": "Drawn scenes; results on them need not carry over to photographs.",
        "rai:dataBiases": "The distribution is exactly the one that the equations in manifest.json state.",
        "distribution": [*shards, *beside, *(_files(field, kind, contained) for field, kind in fields)],
        "recordSet": [_records(field, kind) for field, kind in fields],
    }


def _archive(shard: dict[str, Any], encoding: str = "application/x-tar") -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": shard["name"],
        "name": shard["name"],
        "contentUrl": shard["name"],
        "contentSize": f"{shard['bytes']} B",
        "encodingFormat": encoding,
        "sha256": shard["sha256"],
    }


def _files(field: str, kind: str, contained: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{field}-files",
        "containedIn": contained,
        "encodingFormat": _ENCODINGS[kind][0],
        "includes": f"*.{field}.{kind}",
    }


def _records(field: str, kind: str) -> dict[str, Any]:
    source = {"fileSet": {"@id": f"{field}-files"}}
    key = {**source, "extract": {"fileProperty": "filename"}, "transform": {"regex": r"^([^.]*)\..*$"}}
    return {
        "@type": "cr:RecordSet",
        "@id": field,
        "field": [
            {"@type": "cr:Field", "@id": f"{field}/key", "dataType": "sc:Text", "source": key},
            {
                "@type": "cr:Field",
                "@id": f"{field}/content",
                "dataType": _ENCODINGS[kind][1],
                "source": {**source, "extract": {"fileProperty": "content"}},
            },
        ],
    }
