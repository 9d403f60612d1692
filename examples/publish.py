"""Publishes an experiment spec to Kafka from Python, as JSON or as an Avro record.

    pip install confluent-kafka fastavro pyyaml
    python examples/publish.py examples/quickstart.yaml --bootstrap localhost:9092
    python examples/publish.py examples/quickstart.yaml --bootstrap localhost:9092 --avro schemas/src/main/resources/released/v1/ExperimentSpec.avsc

The topic accepts JSON, YAML, and Avro in single-object encoding: the two bytes C3 01, the schema's CRC-64 fingerprint, the record.
"""

import argparse
import io
import json

import yaml
from confluent_kafka import Producer


def single_object(schema_file, spec):
    """The spec as an Avro record. fastavro selects the branches of the union types in sweep.grid by the type of the values."""
    from fastavro import parse_schema, schemaless_writer
    from fastavro.schema import fingerprint, to_parsing_canonical_form

    with open(schema_file) as f:
        schema = json.load(f)
    out = io.BytesIO()
    out.write(b"\xc3\x01" + bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO")))
    schemaless_writer(out, parse_schema(schema), spec)
    return out.getvalue()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("spec", help="YAML or JSON file")
    p.add_argument("--bootstrap", default="localhost:9092", help="address of a Kafka broker")
    p.add_argument("--avro", metavar="SCHEMA", help="publish as an Avro record of this schema")
    o = p.parse_args()
    with open(o.spec, encoding="utf-8") as f:
        spec = yaml.safe_load(f)
    value = single_object(o.avro, spec) if o.avro else json.dumps(spec).encode()
    producer = Producer({"bootstrap.servers": o.bootstrap})
    producer.produce("frl.experiment-specs", key=spec["metadata"]["name"], value=value)
    left = producer.flush(30)
    raise SystemExit(f"Kafka at {o.bootstrap} did not acknowledge the spec within 30 s; check --bootstrap" if left else 0)


if __name__ == "__main__":
    main()
