package dev.frl.messaging;

import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentFact;
import dev.frl.messaging.codec.Codec;
import dev.frl.messaging.codec.UnreadableMessage;
import java.nio.ByteBuffer;

/**
 * Entries of the controller's store of experiments: key {@code experiment id/slot}, value the fact's number in eight bytes, big-endian,
 * and then the event as on the experiment log.
 */
public final class ExperimentFactCodec {
    private static final char SEPARATOR = '/';

    private final Codec<ExperimentEvent> events;

    ExperimentFactCodec(Codec<ExperimentEvent> events) {
        this.events = events;
    }

    /** Key of a slot; the slot may be empty, for the prefix of all entries of the experiment. */
    public static String key(String experimentId, String slot) {
        return experimentId + SEPARATOR + slot;
    }

    /** @throws UnreadableMessage if it is not a key of this store */
    public static String experimentId(String key) {
        int end = key.indexOf(SEPARATOR);
        if (end < 1) {
            throw new UnreadableMessage("not a key of the form experiment/slot: " + key);
        }
        return key.substring(0, end);
    }

    public byte[] encode(ExperimentFact fact) {
        byte[] event = events.encode(fact.event());
        return ByteBuffer.allocate(Long.BYTES + event.length)
                .putLong(fact.number())
                .put(event)
                .array();
    }

    /** @throws UnreadableMessage if the value is not a fact of that experiment */
    public ExperimentFact decode(String key, byte[] value) {
        if (value.length < Long.BYTES) {
            throw new UnreadableMessage("a fact of %d bytes".formatted(value.length));
        }
        var buffer = ByteBuffer.wrap(value);
        long number = buffer.getLong();
        byte[] event = new byte[buffer.remaining()];
        buffer.get(event);
        return new ExperimentFact(key.substring(key.indexOf(SEPARATOR) + 1), number, events.decode(event));
    }
}
