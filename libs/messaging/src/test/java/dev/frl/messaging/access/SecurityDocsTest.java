package dev.frl.messaging.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.messaging.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Test;

class SecurityDocsTest {
    private static final Path PAGE = Path.of("..", "..", "docs", "security.md");
    private static final String BEGIN = "<!-- access: begin -->\n";
    private static final String END = "<!-- access: end -->\n";

    @Test
    void the_page_lists_the_rights_of_every_role() throws IOException {
        // Given
        var tables = new StringBuilder();
        for (var role : Role.values()) {
            tables.append(String.format(
                    Locale.ROOT,
                    "%n### %s%n%nRole `%s` %s.%n%n| resource | name | operations |%n|---|---|---|%n",
                    role.label(),
                    role.label(),
                    role.does()));
            Rights.of(role, Samples.topics()).forEach(right -> tables.append(row(right)));
        }
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        String wanted = page.substring(0, begin) + tables + "\n" + page.substring(page.indexOf(END));
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.writeString(PAGE, wanted);
        }

        // Then
        assertThat(Files.readString(PAGE))
                .as("docs/security.md is out of date; -Dfrl.docs.write=true writes it")
                .isEqualTo(wanted);
    }

    private static String row(Right right) {
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s |%n",
                right.type().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                right.type() == ResourceType.CLUSTER
                        ? ""
                        : "`" + right.name() + "`"
                                + (right.pattern() == PatternType.PREFIXED ? " and what follows" : ""),
                right.sorted().stream().map(Right::word).collect(Collectors.joining(", ")));
    }
}
