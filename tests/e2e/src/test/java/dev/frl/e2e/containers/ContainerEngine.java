package dev.frl.e2e.containers;

import java.util.List;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.testcontainers.DockerClientFactory;

/**
 * Skips a test, with the reason, where no container can be started: no Docker engine answers, or the images of frl are not
 * built. {@code scripts/test} starts an engine and builds the images; if it cannot, it gives its reason as the system property
 * {@code frl.containers.skipped}.
 */
final class ContainerEngine implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (context.getTestMethod().isEmpty()) {
            return ConditionEvaluationResult.enabled("each test is reported by itself");
        }
        var reason = absent();
        return reason == null
                ? ConditionEvaluationResult.enabled("an engine answers")
                : ConditionEvaluationResult.disabled(reason);
    }

    /** Why no container can be started; null if one can. */
    private static String absent() {
        var given = System.getProperty("frl.containers.skipped", "");
        if (!given.isEmpty()) {
            return given;
        }
        if (!DockerClientFactory.instance().isDockerAvailable()) {
            return "no Docker engine answers";
        }
        for (var image : List.of("controller", "trainer", "attacker", "recorder", "cli")) {
            var name = ContainerPipeline.image(image);
            if (!hasImage(name)) {
                return "there is no image " + name + ": build it with scripts/images";
            }
        }
        return null;
    }

    static boolean hasImage(String name) {
        return !DockerClientFactory.lazyClient()
                .listImagesCmd()
                .withReferenceFilter(name)
                .exec()
                .isEmpty();
    }
}
