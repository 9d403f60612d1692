package dev.frl.messaging;

import dev.frl.messaging.codec.Codec;
import dev.frl.messaging.codec.UnreadableMessage;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Entries of the controller's stores of runs and experiments: key {@code owner/slot}, where the owner is a run or an experiment; value
 * the fact's number in eight bytes, big-endian, and then the event as on its log.
 *
 * @param <E> event
 * @param <F> fact: slot, number and event
 */
public final class FactCodec<E, F> {
    private static final char SEPARATOR = '/';

    private final Codec<E> events;
    private final Maker<E, F> maker;
    private final ToLongFunction<F> number;
    private final Function<F, E> event;

    /** Makes a fact of its parts. */
    @FunctionalInterface
    interface Maker<E, F> {
        F make(String slot, long number, E event);
    }

    FactCodec(Codec<E> events, Maker<E, F> maker, ToLongFunction<F> number, Function<F, E> event) {
        this.events = events;
        this.maker = maker;
        this.number = number;
        this.event = event;
    }

    /**
     * Key of a slot.
     *
     * @param owner run id or experiment id
     * @param slot may be empty, for the prefix of all entries of the owner
     */
    public static String key(String owner, String slot) {
        return owner + SEPARATOR + slot;
    }

    /** @throws UnreadableMessage if it is not a key of such a store */
    public static String owner(String key) {
        int end = key.indexOf(SEPARATOR);
        if (end < 1) {
            throw new UnreadableMessage("not a key of the form owner/slot: " + key);
        }
        return key.substring(0, end);
    }

    public byte[] encode(F fact) {
        byte[] encoded = events.encode(event.apply(fact));
        return ByteBuffer.allocate(Long.BYTES + encoded.length)
                .putLong(number.applyAsLong(fact))
                .put(encoded)
                .array();
    }

    /** @throws UnreadableMessage if the value is not such a fact */
    public F decode(String key, byte[] value) {
        if (value.length < Long.BYTES) {
            throw new UnreadableMessage(String.format(Locale.ROOT, "a fact of %d bytes", value.length));
        }
        var buffer = ByteBuffer.wrap(value);
        long of = buffer.getLong();
        byte[] encoded = new byte[buffer.remaining()];
        buffer.get(encoded);
        return maker.make(key.substring(key.indexOf(SEPARATOR) + 1), of, events.decode(encoded));
    }
}
