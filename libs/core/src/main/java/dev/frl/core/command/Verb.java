package dev.frl.core.command;

import java.util.Locale;

/** What a user may ask of a run or of an experiment that was admitted. Each may be asked twice; the second time changes nothing. */
public enum Verb {
    /** End after the epoch in progress is evaluated. A test in progress is finished. */
    STOP,
    /** End at once. */
    KILL,
    /** Wait after the epoch in progress is evaluated, and leave the trainer to others. */
    PAUSE,
    /** Go on after a pause. */
    RESUME,
    /** Go on from the last checkpoint, after a failure or a stop. */
    RETRY,
    /** Add runs to an experiment: its spec with more values. Of an experiment only. */
    EXTEND;

    /** As users write it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
