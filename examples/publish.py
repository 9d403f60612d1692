"""Publishes an experiment spec to Kafka from Python, as it is written or as an Avro record.

    pip install confluent-kafka pyyaml fastavro
    python examples/publish.py examples/quickstart.yaml --bootstrap localhost:9092
    python examples/publish.py examples/quickstart.yaml --bootstrap localhost:9092 --avro schemas/src/main/resources/released/v1/ExperimentSpec.avsc

The topic accepts JSON, YAML, and Avro in single-object encoding: the two bytes C3 01, the schema's CRC-64 fingerprint, the record.
Exit code 0: the broker has acknowledged the spec. Exit code 1: one line on stderr says why it was not published.
"""

import argparse
import io
import json
import re
import sys

TOPIC = "frl.experiment-specs"
TIMEOUT_S = 30


class Failed(Exception):
    """Ends the script with one line."""


def imported(module, package):
    """The module, or one line that says how to install it."""
    try:
        return __import__(module, fromlist=["_"])
    except ImportError as e:
        raise Failed(f"{package} is missing ({e}): pip install {package}") from e


class Written(float):
    """A number that knows how it was written: as a label, 25921e05 is a text."""

    def __new__(cls, text):
        self = super().__new__(cls, text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        self.text = text
        return self


def core_schema(yaml):
    """A loader for YAML 1.2, as frl reads it. PyYAML's own loaders read YAML 1.1, in which 5e-4 is a text, 2026-11-26 a date,
    010 is eight and `no` is false."""

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node, deep=False):
            unique([key.value for key, _ in node.value])
            return super().construct_mapping(node, deep)

    Loader.yaml_implicit_resolvers = {}
    tag = "tag:yaml.org,2002:"
    Loader.add_implicit_resolver(tag + "bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
    Loader.add_implicit_resolver(tag + "null", re.compile("^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
    Loader.add_implicit_resolver(tag + "int", re.compile("^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"), list("-+0123456789"))
    decimal = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    special = r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
    Loader.add_implicit_resolver(tag + "float", re.compile(f"^(?:{decimal}|{special})$"), list("-+.0123456789"))

    def integer(loader, node):
        text = node.value
        return int(text[2:], 8) if text.startswith("0o") else int(text, 16) if text.startswith("0x") else int(text, 10)

    def real(loader, node):
        return Written(node.value)

    Loader.add_constructor(tag + "int", integer)
    Loader.add_constructor(tag + "float", real)
    return Loader


def unique(names):
    """Refuses a name that is given twice: Python would take the last value."""
    for name in {str(name) for name in names}:
        if [str(other) for other in names].count(name) > 1:
            raise Failed(f"{name} is given twice; keep one of them")


def group(pairs):
    """The members of an object in JSON."""
    unique([name for name, _ in pairs])
    return dict(pairs)


def whole(value):
    """The same spec with whole numbers as such, as pandas and 1e3 do not write them: Avro has types of their own for them."""
    if isinstance(value, dict):
        return {k: whole(v) for k, v in value.items()}
    if isinstance(value, list):
        return [whole(v) for v in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def plain_json(text):
    """JSON without comments, and without commas after the last value, which frl reads too."""
    string = r'("(?:\\.|[^"\\])*")'
    for other in (r"(?://|#)[^\n]*|/\*.*?\*/", r",(?=\s*[}\]])"):
        text = re.sub(f"{string}|{other}", lambda found: found.group(1) or "", text, flags=re.DOTALL)
    return text


def decoded(content, name):
    """The text. The topic takes UTF-8 only."""
    try:
        return content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
    except UnicodeDecodeError as e:
        raise Failed(f"{name} is no text in UTF-8: {e}") from e


def parsed(content, name):
    """The spec as maps, lists and values."""
    yaml = imported("yaml", "pyyaml")
    text = decoded(content, name)
    try:
        spec = json.loads(plain_json(text), object_pairs_hook=group)  # not all JSON is YAML: tabs
    except (ValueError, RecursionError):
        text = re.sub(r"(?m)\t(?=[ \t]*(?:#|$))", " ", text)  # PyYAML takes no tab there
        try:
            documents = [d for d in yaml.load_all(text, Loader=core_schema(yaml)) if d is not None]
        except (yaml.YAMLError, ValueError, RecursionError) as e:
            raise Failed(f"{name} is neither JSON nor YAML: {' '.join(str(e).split())}") from e
        if len(documents) > 1:
            raise Failed(f"{name} has {len(documents)} documents: write one experiment a file")
        spec = documents[0] if documents else None
    if not isinstance(spec, dict) or not isinstance(spec.get("metadata"), dict) or not spec["metadata"].get("name"):
        raise Failed(f"{name} has no metadata.name, which is the key of the record; frl validate {name} shows all problems")
    return spec


def single_object(schema_file, spec):
    """The spec as an Avro record. fastavro selects the branches of the union types in sweep.grid by the type of the values."""
    fastavro = imported("fastavro", "fastavro")
    schemas = imported("fastavro.schema", "fastavro")
    with open(schema_file, encoding="utf-8") as f:
        schema = json.load(f)
    metadata = dict(spec["metadata"])
    if isinstance(metadata.get("labels"), dict):
        metadata["labels"] = {k: getattr(v, "text", v) for k, v in metadata["labels"].items()}
    out = io.BytesIO()
    out.write(b"\xc3\x01" + bytes.fromhex(schemas.fingerprint(schemas.to_parsing_canonical_form(schema), "CRC-64-AVRO")))
    try:
        fastavro.schemaless_writer(out, fastavro.parse_schema(schema), whole({**spec, "metadata": metadata}), strict_allow_default=True)
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as e:
        reason = " ".join(str(e).split())[:300]
        raise Failed(f"the spec does not fit {schema_file}: {reason}; frl validate shows where") from e
    return out.getvalue()


def publish(bootstrap, key, value):
    """Returns once the broker has acknowledged the record."""
    kafka = imported("confluent_kafka", "confluent-kafka")
    errors = []
    producer = kafka.Producer(
        {
            "bootstrap.servers": bootstrap,
            "message.timeout.ms": TIMEOUT_S * 1000,
            "enable.idempotence": True,
            "log_level": 0,
            "error_cb": lambda e: errors.append(e.str()),
        }
    )
    try:
        topics = producer.list_topics(timeout=TIMEOUT_S).topics
    except kafka.KafkaException as e:
        reason = errors[-1] if errors else e.args[0].str()
        raise Failed(f"no Kafka broker answers at {bootstrap}: {reason}; check --bootstrap") from e
    if TOPIC not in topics:
        raise Failed(f"Kafka at {bootstrap} has no topic {TOPIC}: frl topics create")
    outcome = []
    producer.produce(TOPIC, key=key, value=value, on_delivery=lambda error, record: outcome.append(error))
    producer.flush(TIMEOUT_S + 5)
    if not outcome:
        raise Failed(f"Kafka at {bootstrap} did not acknowledge the spec within {TIMEOUT_S} s; check the broker")
    if outcome[0] is not None:
        raise Failed(f"Kafka at {bootstrap} did not take the spec: {outcome[0].str()}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("spec", help="YAML or JSON file")
    p.add_argument("--bootstrap", default="localhost:9092", help="address of a Kafka broker")
    p.add_argument("--avro", metavar="SCHEMA", help="publish as an Avro record of this schema")
    o = p.parse_args()
    try:
        with open(o.spec, "rb") as f:
            content = f.read()
        spec = parsed(content, o.spec)
        value = single_object(o.avro, spec) if o.avro else decoded(content, o.spec).encode("utf-8")
        publish(o.bootstrap, str(spec["metadata"]["name"]).encode("utf-8", "replace"), value)
    except OSError as e:
        sys.exit(f"publish.py: {e.filename or o.spec}: {e.strerror or e}")
    except Failed as e:
        sys.exit(f"publish.py: {e}")


if __name__ == "__main__":
    main()
