package dev.frl.messaging.message;

import java.time.Instant;

/**
 * An operator's order to all workers of a host.
 *
 * @param host the host
 * @param drain whether its workers finish what they hold and take nothing new; false ends that
 * @param at time of the order, by the operator's clock
 */
public record HostOrder(String host, boolean drain, Instant at) {}
