package dev.frl.spec;

import java.util.Map;

/** Reads an experiment spec. Thread-safe. */
public final class SpecReader {
    @SuppressWarnings("unused")
    private final Catalogue catalogue;

    public SpecReader(Catalogue catalogue) {
        this.catalogue = catalogue;
    }

    /** @param utf8 YAML 1.2, of which JSON is a part */
    public Admission read(byte[] utf8) {
        throw new UnsupportedOperationException("not written yet");
    }

    /** @param tree maps, lists, strings, numbers and booleans, as an Avro record holds them */
    public Admission read(Map<String, ?> tree) {
        throw new UnsupportedOperationException("not written yet");
    }
}
