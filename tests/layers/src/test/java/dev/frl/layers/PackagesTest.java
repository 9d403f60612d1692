package dev.frl.layers;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Packages inside a module: their order, their size, and that a simple name means one thing. */
class PackagesTest {
    private static final int MOST_TYPES = 20;
    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.frl");

    /** Modules of more than one package, packages from the bottom up: each may use those before it, and none behind it. */
    static Stream<Arguments> modules() {
        return Stream.of(
                module(
                        "core",
                        "dev.frl.core",
                        "errors",
                        "settings",
                        "",
                        "fairness",
                        "command",
                        "failure",
                        "turn",
                        "run",
                        "experiment",
                        "theory"),
                module("checkpoint", "dev.frl.checkpoint", "storage", ""),
                module("data", "dev.frl.data", "file", "", "format", "store"),
                module("spec", "dev.frl.spec", "tree", "key", "group", "docs", ""),
                module(
                        "engine/spi",
                        "dev.frl.engine",
                        "net",
                        "",
                        "kit.machine",
                        "kit.threads",
                        "kit.attack",
                        "kit.training"),
                module("engine/contract", "dev.frl.engine", "reference", "contract"),
                module("engine/dl4j", "dev.frl.engine.dl4j", "natives", "training", "frozen", ""),
                module(
                        "messaging",
                        "dev.frl.messaging",
                        "message",
                        "codec",
                        "mapping",
                        "",
                        "access",
                        "client",
                        "admin",
                        "share"),
                module("service", "dev.frl.service", "metrics", ""),
                module("report", "dev.frl.report", "statistics", "chart", "text", "table", ""),
                module(
                        "cli",
                        "dev.frl.cli",
                        "terminal",
                        "context",
                        "kafka",
                        "local",
                        "option",
                        "run",
                        "sweep",
                        "order",
                        "trouble",
                        "kubernetes",
                        "command",
                        ""));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("modules")
    void packages_of_a_module_use_only_those_below_them(String module, List<String> order) {
        // Given
        var rank = new TreeMap<String, Integer>();
        order.forEach(name -> rank.put(name, rank.size()));

        // When
        var types =
                OURS.stream().filter(c -> rank.containsKey(c.getPackageName())).toList();
        var back = new TreeSet<String>();
        for (JavaClass type : types) {
            type.getDirectDependenciesFromSelf().stream()
                    .map(d -> d.getTargetClass().getBaseComponentType())
                    .filter(target -> rank.containsKey(target.getPackageName()))
                    .filter(target -> rank.get(target.getPackageName()) > rank.get(type.getPackageName()))
                    .forEach(target -> back.add(type.getName() + " -> " + target.getName()));
        }
        print(module, order, back);

        // Then
        assertThat(back).as("uses of a package that is above").isEmpty();
        assertThat(types.stream().map(JavaClass::getPackageName).distinct())
                .as("a package that does not exist orders nothing")
                .containsExactlyInAnyOrderElementsOf(order);
    }

    @Test
    void no_package_has_a_cycle_with_another() {
        slices().matching("dev.frl.(**)").should().beFreeOfCycles().check(OURS);
    }

    @Test
    void no_package_is_too_large_to_be_read() {
        // When
        var large = sizes().entrySet().stream().filter(e -> e.getValue().size() > MOST_TYPES);

        // Then
        assertThat(large.map(e -> String.format(
                        Locale.ROOT, "%s: %d types", e.getKey(), e.getValue().size())))
                .isEmpty();
    }

    @Test
    void no_two_public_types_share_a_simple_name() {
        // Given
        var byName = new TreeMap<String, Set<String>>();

        // When
        OURS.stream()
                .filter(PackagesTest::isPublic)
                // Avro's own copies of what core has; they stop at messaging.
                .filter(c -> !c.getPackageName().startsWith("dev.frl.schemas"))
                // Runs, experiments and turns have one pattern: RunEvent.Reopened, ExperimentEvent.Reopened.
                .filter(c -> !(c.isNestedClass() && c.getPackageName().startsWith("dev.frl.core.")))
                .forEach(c -> byName.computeIfAbsent(c.getSimpleName(), n -> new TreeSet<>())
                        .add(c.getName()));

        // Then
        assertThat(byName.values().stream().filter(names -> names.size() > 1)).isEmpty();
    }

    private static boolean isPublic(JavaClass type) {
        boolean own = type.getModifiers().contains(com.tngtech.archunit.core.domain.JavaModifier.PUBLIC)
                && !type.getSimpleName().isEmpty();
        return own && type.getEnclosingClass().map(PackagesTest::isPublic).orElse(true);
    }

    /** Package to its top-level types. */
    private static TreeMap<String, Set<String>> sizes() {
        return OURS.stream()
                .filter(c -> !c.getPackageName().startsWith("dev.frl.schemas"))
                .filter(c -> c.isTopLevelClass() && !c.getSimpleName().equals("package-info"))
                .collect(Collectors.groupingBy(
                        JavaClass::getPackageName,
                        TreeMap::new,
                        Collectors.mapping(JavaClass::getSimpleName, Collectors.toCollection(TreeSet::new))));
    }

    private static void print(String module, List<String> order, Set<String> back) {
        var sizes = sizes();
        int largest = order.stream()
                .mapToInt(p -> sizes.getOrDefault(p, Set.of()).size())
                .max()
                .orElse(0);
        System.out.printf(
                Locale.ROOT,
                "%-15s %d packages, the largest has %d types, %d uses upwards%n",
                module,
                order.size(),
                largest,
                back.size());
    }

    /** @param names below the root, from the bottom up; empty for the root itself */
    private static Arguments module(String module, String root, String... names) {
        var order = new ArrayList<String>();
        for (String name : names) {
            order.add(name.isEmpty() ? root : root + "." + name);
        }
        return Arguments.of(module, order);
    }
}
