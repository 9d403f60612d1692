package dev.frl.service;

import dev.frl.service.metrics.ServiceMetrics;
import dev.frl.service.tracing.Tracing;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Where a service counts and traces.
 *
 * @param meters for the meters of the service; nobody reads them unless the process has a port
 * @param tracing for its spans
 */
public record Telemetry(MeterRegistry meters, Tracing tracing) {
    /** Nobody reads it. */
    public static Telemetry none() {
        return new Telemetry(ServiceMetrics.none(), Tracing.off());
    }
}
