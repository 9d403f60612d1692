/**
 * The meters of services, which Prometheus reads from the port in {@code FRL_HEALTH_PORT}. {@link ServiceMeter} lists them; services
 * count on a registry that they are given.
 */
@NullMarked
package dev.frl.service.metrics;

import org.jspecify.annotations.NullMarked;
