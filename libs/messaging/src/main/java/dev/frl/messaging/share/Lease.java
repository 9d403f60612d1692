package dev.frl.messaging.share;

/** A record that one worker holds and nobody else is given. Safe to ask from any thread. */
public final class Lease {
    private final String topic;
    private final int partition;
    private final long offset;
    private final int deliveryCount;
    private volatile boolean lost;
    private volatile boolean stopping;

    Lease(String topic, int partition, long offset, int deliveryCount) {
        this.topic = topic;
        this.partition = partition;
        this.offset = offset;
        this.deliveryCount = deliveryCount;
    }

    public String topic() {
        return topic;
    }

    public int partition() {
        return partition;
    }

    public long offset() {
        return offset;
    }

    /** How often the record was given to anybody, this time included; from 1. */
    public int deliveryCount() {
        return deliveryCount;
    }

    /** Whether the record may be with somebody else by now. Work on it must not go on. */
    public boolean lost() {
        return lost;
    }

    /** Whether this worker shuts down. Work that ends soon may end; the record goes to somebody else otherwise. */
    public boolean stopping() {
        return stopping;
    }

    /** Whether the work should end, for whichever reason. */
    public boolean over() {
        return lost || stopping;
    }

    /**
     * To be called between steps of long work.
     *
     * @throws InterruptedException if the work should end
     */
    public void throwIfOver() throws InterruptedException {
        if (over()) {
            throw new InterruptedException("the lease of %s is over: %s".formatted(this, lost ? "lost" : "stopping"));
        }
    }

    void lose() {
        lost = true;
    }

    void stop() {
        stopping = true;
    }

    @Override
    public String toString() {
        return "%s-%d@%d".formatted(topic, partition, offset);
    }
}
