"""The calls that write an object from another one: storage.objects.rewrite and copy."""

from flask import Response, request

from sandbox.cloud.json_body import parse_resource
from sandbox.cloud.object_fields import copied, valid_name
from sandbox.cloud.partial_response import Schema
from sandbox.cloud.rewrites import Progress, Route, limit_of, read_token, token
from sandbox.cloud.storage_query import PRECONDITIONS, SOURCE_PRECONDITIONS, Query
from sandbox.cloud.storage_resources import OBJECT_FIELDS, object_resource
from sandbox.cloud.storage_service import StorageService, json_answer, object_answer
from sandbox.cloud.versions import Version

_COPYING = (*PRECONDITIONS, *SOURCE_PRECONDITIONS, "sourceGeneration")
_REWRITE_FIELDS: Schema = {
    "kind": None,
    "totalBytesRewritten": None,
    "objectSize": None,
    "done": None,
    "rewriteToken": None,
    "resource": OBJECT_FIELDS,
}


def copy_object(
    service: StorageService, source_bucket: str, source_name: str, bucket: str, name: str
) -> Response:
    """Write an object from another one, whatever its size, in one call."""
    query = Query(request)
    with service.faults.call("storage.objects.copy", f"{bucket}/{name}"):
        query.allow(_COPYING)
        generation = query.number("sourceGeneration")
        route = Route(source_bucket, source_name, bucket, name, generation)
        source = _source(service, route, generation)
        return object_answer(_write(service, route, source), bucket)


def rewrite_object(
    service: StorageService, source_bucket: str, source_name: str, bucket: str, name: str
) -> Response:
    """Write an object from another one, or a part of it and a token to go on with."""
    query = Query(request)
    with service.faults.call("storage.objects.rewrite", f"{bucket}/{name}"):
        query.allow((*_COPYING, "maxBytesRewrittenPerCall", "rewriteToken"))
        generation = query.number("sourceGeneration")
        limit = limit_of(query.number("maxBytesRewrittenPerCall"))
        route = Route(source_bucket, source_name, bucket, name, generation, limit)
        before = _before(service, route, query.text("rewriteToken"))
        source = _source(service, route, before.source_generation if before else generation)
        start = before or Progress(source.generation, 0, service.clock.now())
        limits = [most for most in (limit, service.buckets.rewrite_limit_bytes) if most]
        progress = start.advanced(source.size_bytes, min(limits, default=None))
        if progress.done_bytes < source.size_bytes:
            query.preconditions().check(service.writable(bucket, name).live(name))
            return _rewrite_answer(source, progress, {"rewriteToken": token(route, progress)})
        version = _write(service, route, source)
        resource = object_resource(version, bucket, request.host_url)
        return _rewrite_answer(source, progress, {"resource": resource})


def _before(service: StorageService, route: Route, text: str) -> Progress | None:
    return read_token(text, route, service.clock.now()) if text else None


def _source(service: StorageService, route: Route, generation: int | None) -> Version:
    """Return the version to copy: that generation, live or noncurrent, or the live one."""
    bucket = service.bucket(route.source_bucket, "storage.objects.get", route.source_name)
    source = bucket.get(route.source_name, generation)
    Query(request).source_preconditions().check(source)
    return source


def _write(service: StorageService, route: Route, source: Version) -> Version:
    draft = copied(source, valid_name(route.name), parse_resource(request.get_data()))
    bucket = service.writable(route.bucket, route.name)
    return bucket.insert(draft, Query(request).preconditions())


def _rewrite_answer(source: Version, progress: Progress, outcome: dict[str, object]) -> Response:
    answer = {
        "kind": "storage#rewriteResponse",
        "totalBytesRewritten": str(progress.done_bytes),
        "objectSize": str(source.size_bytes),
        "done": "resource" in outcome,
        **outcome,
    }
    return json_answer(answer, _REWRITE_FIELDS)
