/**
 * Traces of epochs, exported over OpenTelemetry's protocol when {@code OTEL_EXPORTER_OTLP_ENDPOINT} is set. No type of OpenTelemetry
 * leaves this package.
 */
@NullMarked
package dev.frl.service.tracing;

import org.jspecify.annotations.NullMarked;
