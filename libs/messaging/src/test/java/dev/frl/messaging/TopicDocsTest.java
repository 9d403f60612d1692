package dev.frl.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TopicDocsTest {
    private static final Path PAGE = Path.of("..", "..", "docs", "topics.md");

    @Test
    void the_page_says_what_the_code_does() throws IOException {
        // Given
        String wanted = TopicDocs.of(Samples.topics());
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, wanted);
        }

        // When
        String page = Files.readString(PAGE);

        // Then
        assertThat(page)
                .as("docs/topics.md is out of date; -Dfrl.docs.write=true writes it")
                .isEqualTo(wanted);
    }
}
