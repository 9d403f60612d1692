package dev.frl.core.settings;

/** A choice that people write by a name of its own. */
public interface Named {
    /** As specs write it. */
    String label();
}
