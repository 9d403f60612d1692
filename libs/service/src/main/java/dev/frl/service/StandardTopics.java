package dev.frl.service;

import dev.frl.messaging.Topics;
import dev.frl.spec.CanonicalSpec;

/** The topics, with settings read by {@link CanonicalSpec}. Messaging itself does not know how a spec is written. */
public final class StandardTopics {
    private StandardTopics() {}

    public static Topics create() {
        return new Topics(CanonicalSpec::read);
    }
}
