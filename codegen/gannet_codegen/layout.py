"""Whether a model has the layout that the rest of the generator takes for granted: every fact of the type it must be of."""

import math

from shapes import SCALARS, ModelError


class Misfit(Exception):
    """A value that is not what its place must hold. The message names the place within what is being checked."""


def typed(words, *types):
    def check(place, value):
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise Misfit(f"{place} must be {words}, is {'nothing' if value is None else repr(value)[:40]}")
    return check


text = typed("a text", str)
truth = typed("true or false", bool)
whole = typed("a whole number", int)


def number(place, value):
    typed("a number", int, float)(place, value)
    if not math.isfinite(value):
        raise Misfit(f"{place} must be a number, is {value}")


def word(*allowed):
    def check(place, value):
        if value not in allowed:
            raise Misfit(f"{place} must be one of {', '.join(allowed)}, is {value!r}")
    return check


def each(inner):
    def check(place, value):
        typed("a list", list)(place, value)
        for index, element in enumerate(value):
            inner(f"{place}[{index}]", element)
    return check


def by_name(inner):
    def check(place, value):
        typed("an object", dict)(place, value)
        for name, element in value.items():
            inner(f"{place} {name}", element)
    return check


def facts(*needed, **known):
    """An object. What else it holds is passed over: models have more than the generator asks for."""
    def check(place, value):
        typed("an object", dict)(place, value)
        for name in needed:
            if name not in value:
                raise Misfit(f"{place} lacks {name}")
        for name, inner in known.items():
            if name in value:
                inner(f"{place}: {name}", value[name])
    return check


def namespace(place, value):
    if not isinstance(value, str):
        facts("uri", uri=text, prefix=text)(place, value)


timestamp_format = word("iso8601", "rfc822", "unixTimestamp")
reference = facts(
    "shape", shape=text, location=word("header", "headers", "querystring", "uri", "statusCode"), locationName=text,
    timestampFormat=timestamp_format, xmlNamespace=namespace, contextParam=facts(name=text), resultWrapper=text,
)
shape = facts(
    "type", type=word("structure", "list", "map", *sorted(SCALARS)), members=by_name(reference), required=each(text),
    member=reference, key=reference, value=reference, enum=each(text), min=number, max=number, pattern=text, payload=text,
    locationName=text, timestampFormat=timestamp_format, xmlNamespace=namespace,
    error=facts(code=text, httpStatusCode=whole), retryable=facts(throttling=truth),
)
operation = facts(
    http=facts("method", "requestUri", method=text, requestUri=text), input=reference, output=reference,
    errors=each(reference), endpoint=facts(hostPrefix=text), auth=each(text), httpChecksum=facts(),
    requestcompression=facts(encodings=each(text)), staticContextParams=by_name(facts()),
    operationContextParams=by_name(facts("path", path=text)), readonly=truth, idempotent=truth,
)
metadata = facts(
    protocol=text, protocols=each(text), targetPrefix=text, apiVersion=text, jsonVersion=text, serviceId=text,
    serviceFullName=text, endpointPrefix=text, signingName=text, xmlNamespace=namespace,
)
PARTS = {"list": ("member",), "map": ("key", "value")}


def check(service, model):
    try:
        metadata("metadata", model["metadata"])
        by_name(operation)("operation", model["operations"])
        by_name(shape)("shape", model["shapes"])
        for name, each_shape in model["shapes"].items():
            facts(*PARTS.get(each_shape["type"], ()))(f"shape {name}", each_shape)
    except Misfit as problem:
        raise ModelError(f"{service}: {problem}") from problem
