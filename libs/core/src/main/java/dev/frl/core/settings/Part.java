package dev.frl.core.settings;

/** Which images are attacked. */
public enum Part {
    VALIDATION,
    TEST
}
