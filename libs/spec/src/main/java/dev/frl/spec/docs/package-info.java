/**
 * What is generated from the keys: docs/settings.md, docs/spec.schema.json and the Avro record of a spec. For readers who change
 * those files; tests compare the files with what this package writes.
 */
@NullMarked
package dev.frl.spec.docs;

import org.jspecify.annotations.NullMarked;
