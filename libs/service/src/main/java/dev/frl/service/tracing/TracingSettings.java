package dev.frl.service.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.slf4j.LoggerFactory;

/** OpenTelemetry's environment variables: which are set, and the SDK that they ask for. */
final class TracingSettings {
    private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private static final String TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    private static final String PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private static final String TRACES_PROTOCOL = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
    private static final String OVER_HTTP = "http/protobuf";

    /** Kept, since the JDK forgets loggers that nobody refers to, with their handlers. */
    private static final Logger SDK_LOG = Logger.getLogger("io.opentelemetry");

    private final String service;
    private final Map<String, String> environment;
    private Sampler sampler = Sampler.alwaysOn();

    TracingSettings(String service, Map<String, String> environment) {
        this.service = service;
        this.environment = environment;
    }

    /** Whether the variables name a receiver of traces. */
    static boolean isOn(Map<String, String> environment) {
        boolean endpoint = isSet(environment, ENDPOINT) || isSet(environment, TRACES_ENDPOINT);
        return endpoint
                && !environment.getOrDefault("OTEL_SDK_DISABLED", "").equalsIgnoreCase("true")
                && !environment.getOrDefault("OTEL_TRACES_EXPORTER", "").equals("none");
    }

    private static boolean isSet(Map<String, String> environment, String variable) {
        return !environment.getOrDefault(variable, "").isBlank();
    }

    /** @throws IllegalArgumentException if a value is wrong; the message names it */
    OpenTelemetrySdk sdk(DerivedIds ids) {
        requireHttp(PROTOCOL);
        requireHttp(TRACES_PROTOCOL);
        logAsOthers();
        try {
            return AutoConfiguredOpenTelemetrySdk.builder()
                    .disableShutdownHook() // the process closes it after the service, whose last spans it sends
                    .addPropertiesSupplier(() -> Map.of("otel.service.name", service))
                    .addPropertiesCustomizer(given -> properties())
                    .addResourceCustomizer((resource, given) -> withHost(resource))
                    .addSamplerCustomizer((chosen, given) -> {
                        sampler = chosen;
                        return chosen;
                    })
                    .addTracerProviderCustomizer((builder, given) -> builder.setIdGenerator(ids))
                    .build()
                    .getOpenTelemetrySdk();
        } catch (ConfigurationException e) {
            throw new IllegalArgumentException("a variable OTEL_… is wrong: " + reason(e), e);
        }
    }

    /** The sampler of the SDK. */
    Sampler sampler() {
        return sampler;
    }

    private void requireHttp(String variable) {
        var protocol = environment.get(variable);
        if (protocol != null && !protocol.isBlank() && !protocol.equals(OVER_HTTP)) {
            throw new IllegalArgumentException(
                    variable + " is " + protocol + "; it must be " + OVER_HTTP + ": traces are sent over HTTP only");
        }
    }

    /** The variables as the SDK's properties. Meters and logs have their own ways. */
    private Map<String, String> properties() {
        var properties = new HashMap<String, String>();
        environment.forEach((variable, value) -> {
            if (variable.startsWith("OTEL_") && !value.isBlank()) {
                properties.put(variable.toLowerCase(Locale.ROOT).replace('_', '.'), value);
            }
        });
        properties.put("otel.exporter.otlp.protocol", OVER_HTTP);
        properties.put("otel.metrics.exporter", "none");
        properties.put("otel.logs.exporter", "none");
        return properties;
    }

    private static Resource withHost(Resource resource) {
        var name = AttributeKey.stringKey("host.name");
        return resource.getAttribute(name) != null
                ? resource
                : resource.toBuilder().put(name, hostName()).build();
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown-host";
        }
    }

    private static String reason(ConfigurationException e) {
        var text = String.valueOf(e.getMessage());
        var cause = e.getCause();
        return cause == null || cause.getMessage() == null ? text : text + ": " + cause.getMessage();
    }

    /** The SDK logs to java.util.logging, which would print stack traces between the lines of the service. */
    private static void logAsOthers() {
        if (SDK_LOG.getHandlers().length == 0) {
            SDK_LOG.setUseParentHandlers(false);
            SDK_LOG.addHandler(new OneLine());
        }
    }

    private static final class OneLine extends Handler {
        @Override
        public void publish(LogRecord line) {
            if (line.getLevel().intValue() >= Level.WARNING.intValue()) {
                LoggerFactory.getLogger(Tracing.class)
                        .atWarn()
                        .addKeyValue("reason", String.valueOf(line.getMessage()).replaceAll("\\s+", " "))
                        .log("spans are lost; the work goes on");
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
