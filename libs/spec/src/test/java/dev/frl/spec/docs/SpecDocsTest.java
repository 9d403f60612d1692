package dev.frl.spec.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.spec.Specs;
import dev.frl.spec.group.Keys;
import dev.frl.spec.key.Key;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SpecDocsTest {
    private static final Path PAGE = Specs.repository().resolve("docs/settings.md");

    @Test
    void the_page_in_the_repository_is_what_the_reader_takes() throws IOException {
        // Given
        String markdown = SpecDocs.markdown();
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, markdown);
        }

        // When
        String page = Specs.text(PAGE);

        // Then
        assertThat(page)
                .as("docs/settings.md; the page says how to write it anew")
                .isEqualTo(markdown);
    }

    @Test
    void every_key_says_what_it_means_and_what_it_is_by_default() {
        for (Key<?> key : Keys.TABLE.all()) {
            assertThat(key.meaning()).as(key.path()).isNotBlank().endsWith(".");
            assertThat(key.fallbackDoc()).as(key.path()).isNotBlank();
            assertThat(Keys.TABLE.isGroup(key.group()))
                    .as(key.path() + " has a group")
                    .isTrue();
        }
    }
}
