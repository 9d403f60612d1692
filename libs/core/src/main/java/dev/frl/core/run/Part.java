package dev.frl.core.run;

/** Which images are attacked. */
public enum Part {
    VALIDATION,
    TEST
}
